// SPDX-License-Identifier: Apache-2.0
#include "server/message_heads.hpp"

#include "wire/messages.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

constexpr std::size_t max_head = 4'096;
constexpr std::uint32_t length_size = 4;

}  // namespace

// Takes bytes of the header, or of the body.
void message_heads::take(std::string_view& bytes) {
    if (head_.size() < header_size) {
        const std::size_t size = std::min(header_size - head_.size(), bytes.size());
        head_.append(bytes.substr(0, size));
        bytes.remove_prefix(size);
        if (head_.size() == header_size) {
            const std::uint32_t length = wire::read_uint32(std::string_view(head_).substr(1));
            is_broken_ = length < length_size;
            remaining_ = is_broken_ ? 1 : length - length_size;
        }
        return;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size()));
    const std::size_t kept = std::min(size, header_size + max_head - head_.size());
    head_.append(bytes.substr(0, kept));
    bytes.remove_prefix(size);
    remaining_ -= size;
}

}  // namespace dsql_local
