// SPDX-License-Identifier: Apache-2.0
#include "pg/io/idle_messages.hpp"

#include <algorithm>

namespace dsql::pg {

namespace {

bool is_one_of(std::string_view types, char type) noexcept {
    return types.find(type) != std::string_view::npos;
}

// The length counts itself. One that is too small is an error, which libpq reports.
std::uint32_t body_size(const std::array<char, 5>& head) noexcept {
    std::uint32_t length = 0;
    for (std::size_t i = 1; i < head.size(); ++i) {
        length = length << 8U | static_cast<unsigned char>(head[i]);
    }
    return length - std::min(length, std::uint32_t{4});
}

}  // namespace

bool idle_messages::may_come(char next) const noexcept {
    return unfinished_ > 0 || is_one_of("NESA", next);
}

bool idle_messages::may_end_later() const noexcept {
    return unfinished_ == 0 || is_one_of("NSA", head_[0]);
}

void idle_messages::take_body(std::string_view& bytes) noexcept {
    const std::size_t taken = std::min<std::size_t>(left_, bytes.size());
    bytes.remove_prefix(taken);
    left_ -= static_cast<std::uint32_t>(taken);
    unfinished_ = left_ == 0 ? 0 : unfinished_ + taken;
}

void idle_messages::read(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        if (left_ > 0) {
            take_body(bytes);
            continue;
        }
        head_[unfinished_++] = bytes.front();
        bytes.remove_prefix(1);
        if (unfinished_ == head_.size()) {
            left_ = body_size(head_);
            unfinished_ = left_ == 0 ? 0 : unfinished_;
        }
    }
}

}  // namespace dsql::pg
