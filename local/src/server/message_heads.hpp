// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dsql_local {

/// Reads a stream of protocol 3, for looking only: it keeps the beginning of each message and
/// forgets the rest, so that it needs little memory, however long the messages are.
class message_heads {
public:
    /// Processes the next bytes. Calls `handle` with the type and the beginning of the body of each
    /// message that is complete now. After an invalid length it calls nothing any more.
    template <class Handler>
    void feed(std::string_view bytes, Handler handle) {
        while (!bytes.empty() && !is_broken_) {
            take(bytes);
            if (head_.size() >= header_size && remaining_ == 0) {
                handle(head_.front(), std::string_view(head_).substr(header_size));
                head_.clear();
            }
        }
    }

private:
    void take(std::string_view& bytes);

    static constexpr std::size_t header_size = 5;

    std::string head_;
    std::uint64_t remaining_ = 0;  // bytes of the body that have not been seen yet
    bool is_broken_ = false;
};

}  // namespace dsql_local
