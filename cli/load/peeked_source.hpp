// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/byte_source.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace dsql_cli::load {

/// A source whose first bytes can be looked at before they are read.
class peeked_source final : public byte_source {
public:
    /// Reads the first bytes of `source`: `size`, or all if it has fewer.
    peeked_source(std::unique_ptr<byte_source> source, std::size_t size)
        : source_(std::move(source)), head_(size, '\0') {
        std::size_t filled = 0;
        while (filled < head_.size()) {
            const std::size_t count = source_->read(std::span(head_).subspan(filled));
            if (count == 0) {
                break;
            }
            filled += count;
        }
        head_.resize(filled);
    }

    /// The first bytes. Before `read`.
    [[nodiscard]] std::string_view head() const noexcept { return head_; }

    std::size_t read(std::span<char> into) override {
        if (head_.empty()) {
            return source_->read(into);
        }
        const std::size_t count = head_.copy(into.data(), into.size());
        head_.erase(0, count);
        return count;
    }
    std::uint64_t consumed() const noexcept override { return source_->consumed(); }

private:
    std::unique_ptr<byte_source> source_;
    std::string head_;  // what was read and not given yet
};

}  // namespace dsql_cli::load
