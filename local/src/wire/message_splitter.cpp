// SPDX-License-Identifier: Apache-2.0
#include "wire/message_splitter.hpp"

#include "wire/messages.hpp"

#include <algorithm>
#include <limits>

namespace dsql_local {
namespace {

constexpr std::size_t header_size = 5;
constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

// Returns the size including type and length; `endless` for an invalid length, which PostgreSQL
// will reject.
std::size_t message_size(std::string_view header) {
    const std::uint32_t length = read_uint32(header.substr(1));
    return length < 4 ? endless : std::size_t{1} + length;
}

std::string_view take_front(std::string_view& bytes, std::size_t size) {
    const std::string_view front = bytes.substr(0, size);
    bytes.remove_prefix(front.size());
    return front;
}

}  // namespace

std::optional<stream_piece> message_splitter::next(std::string_view& chunk) {
    if (held_is_used_) {
        held_.clear();
        held_is_used_ = false;
    }
    if (!held_.empty()) {
        return continue_message(chunk);
    }
    const std::size_t run = measure_run(chunk);
    if (run > 0) {
        return stream_piece{.bytes = take_front(chunk, run)};
    }
    return chunk.empty() ? std::nullopt : begin_message(chunk);
}

std::size_t message_splitter::measure_run(std::string_view chunk) {
    std::size_t at = std::min(passing_, chunk.size());
    passing_ -= at;
    while (passing_ == 0 && chunk.size() - at >= header_size && !is_wanted(chunk[at])) {
        const std::size_t size = message_size(chunk.substr(at));
        const std::size_t here = std::min(size, chunk.size() - at);
        at += here;
        passing_ = size - here;
    }
    return at;
}

std::optional<stream_piece> message_splitter::begin_message(std::string_view& chunk) {
    const std::size_t size =
        chunk.size() < header_size ? endless : message_size(chunk.substr(0, header_size));
    if (size <= chunk.size()) {
        return stream_piece{.type = chunk[0], .bytes = take_front(chunk, size)};
    }
    return continue_message(chunk);
}

std::optional<stream_piece> message_splitter::continue_message(std::string_view& chunk) {
    if (!fill_to(header_size, chunk)) {
        return std::nullopt;
    }
    const std::size_t size = message_size(held_);
    if (!is_wanted(held_[0]) || size == endless) {
        held_is_used_ = true;
        passing_ = size - held_.size();
        return stream_piece{.bytes = held_};
    }
    if (!fill_to(size, chunk)) {
        return std::nullopt;
    }
    held_is_used_ = true;
    return stream_piece{.type = held_[0], .bytes = held_};
}

bool message_splitter::fill_to(std::size_t size, std::string_view& chunk) {
    if (held_.size() < size) {
        held_.append(take_front(chunk, size - held_.size()));
    }
    return held_.size() >= size;
}

}  // namespace dsql_local
