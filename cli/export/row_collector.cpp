// SPDX-License-Identifier: Apache-2.0
#include "export/row_collector.hpp"

namespace dsql_cli::exports {

void row_collector::add(std::string_view data) {
    const std::size_t line_break = data.rfind('\n');
    if (line_break != std::string_view::npos) {
        whole_size_ = collected_.size() + line_break + 1;
    }
    collected_.append(data);
    if (whole_size_ >= piece_size_) {
        hand_over(whole_size_);
    }
}

void row_collector::finish() {
    hand_over(collected_.size());
}

void row_collector::finish_whole_rows() {
    hand_over(whole_size_);
    discard();
}

void row_collector::discard() noexcept {
    collected_.clear();
    whole_size_ = 0;
}

void row_collector::hand_over(std::size_t size) {
    whole_size_ = 0;
    if (size > 0) {
        take_(std::string_view(collected_).substr(0, size));
        collected_.erase(0, size);
    }
}

}  // namespace dsql_cli::exports
