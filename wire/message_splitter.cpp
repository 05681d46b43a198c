// SPDX-License-Identifier: Apache-2.0
#include "wire/message_splitter.hpp"

#include "wire/messages.hpp"

#include <algorithm>

namespace wire {
namespace {

constexpr std::size_t header_size = 5;
constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();
// One large message must not keep its memory for the rest of the session.
constexpr std::size_t kept_capacity = 64UL * 1024;

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

std::size_t strings_needed(message_part needed) {
    switch (needed) {
        case message_part::one_string:
            return 1;
        case message_part::two_strings:
        case message_part::small_whole:
            return 2;
        default:
            return 0;
    }
}

// Whether the beginning of a message, which has a header, contains the part that is needed. The
// first `scanned` bytes contain `strings` ends of strings; both are updated.
bool is_enough(message_part needed, std::string_view bytes, std::size_t size, std::size_t& scanned,
               std::size_t& strings) {
    if (bytes.size() >= size || needed == message_part::header) {
        return true;
    }
    const bool is_whole_if_small =
        needed == message_part::small_whole || needed == message_part::small_whole_or_header;
    if (needed == message_part::whole || (is_whole_if_small && size <= small_message_size)) {
        return false;
    }
    while (strings < strings_needed(needed)) {
        const std::size_t end = bytes.find('\0', scanned);
        if (end == std::string_view::npos) {
            scanned = bytes.size();
            return false;
        }
        scanned = end + 1;
        ++strings;
    }
    return true;
}

}  // namespace

std::optional<stream_piece> message_splitter::next(std::string_view& chunk) {
    if (held_is_used_) {
        held_.clear();
        held_is_used_ = false;
        if (held_.capacity() > kept_capacity) {
            held_.shrink_to_fit();
        }
    }
    if (!held_.empty()) {
        return continue_message(chunk);
    }
    if (passing_ > 0 && passing_is_rest_) {
        const std::string_view rest = take_front(chunk, passing_);
        passing_ -= rest.size();
        return rest.empty() ? std::nullopt
                            : std::optional(stream_piece{.bytes = rest, .is_rest = true});
    }
    const std::size_t run = measure_run(chunk);
    if (run > 0) {
        return stream_piece{.bytes = take_front(chunk, run)};
    }
    return chunk.empty() ? std::nullopt : begin_message(chunk);
}

bool message_splitter::is_too_large(std::size_t size) const {
    return size > limits_.message && size != endless;
}

std::size_t message_splitter::measure_run(std::string_view chunk) {
    std::size_t at = std::min(passing_, chunk.size());
    passing_ -= at;
    while (passing_ == 0 && chunk.size() - at >= header_size &&
           parts_[chunk[at]] == message_part::none) {
        const std::size_t size = message_size(chunk.substr(at));
        if (is_too_large(size)) {
            break;
        }
        const std::size_t here = std::min(size, chunk.size() - at);
        at += here;
        passing_ = size - here;
        passing_is_rest_ = false;
    }
    return at;
}

std::optional<stream_piece> message_splitter::begin_message(std::string_view& chunk) {
    if (chunk.size() >= header_size) {
        const std::size_t size = message_size(chunk);
        if (is_too_large(size)) {
            return stream_piece{.type = chunk[0],
                                .bytes = take_front(chunk, header_size),
                                .size = size,
                                .is_too_large = true};
        }
        std::size_t scanned = header_size;
        std::size_t strings = 0;
        if (size != endless && is_enough(parts_[chunk[0]], chunk, size, scanned, strings)) {
            const char type = chunk[0];
            const std::string_view bytes = take_front(chunk, size);
            passing_ = size - bytes.size();
            passing_is_rest_ = true;
            return stream_piece{.type = type, .bytes = bytes, .size = size};
        }
    }
    held_scanned_ = header_size;
    held_strings_ = 0;
    return continue_message(chunk);
}

std::optional<stream_piece> message_splitter::continue_message(std::string_view& chunk) {
    if (held_.size() < header_size) {
        held_.append(take_front(chunk, header_size - held_.size()));
        if (held_.size() < header_size) {
            return std::nullopt;
        }
    }
    const std::size_t size = message_size(held_);
    if (is_too_large(size)) {
        stream_piece piece = take_held(size);
        piece.is_too_large = true;
        return piece;
    }
    const message_part needed = parts_[held_[0]];
    if (needed == message_part::none || size == endless) {
        held_is_used_ = true;
        passing_ = size - held_.size();
        passing_is_rest_ = false;
        return stream_piece{.bytes = held_};
    }
    held_.append(take_front(chunk, size - held_.size()));
    if (is_enough(needed, held_, size, held_scanned_, held_strings_)) {
        return take_held(size);
    }
    if (held_.size() > limits_.part) {
        stream_piece piece = take_held(size);
        piece.is_too_large = true;
        return piece;
    }
    return std::nullopt;
}

stream_piece message_splitter::take_held(std::size_t size) {
    held_is_used_ = true;
    passing_ = size - held_.size();
    passing_is_rest_ = true;
    return {.type = held_[0], .bytes = held_, .size = size};
}

}  // namespace wire
