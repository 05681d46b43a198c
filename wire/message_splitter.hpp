// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wire {

/// How much of a message its reader needs at once.
enum class message_part : std::uint8_t {
    none,         ///< nothing: the message is a part of a run
    header,       ///< the type and the length
    one_string,   ///< also the body's first string, which a NUL ends
    two_strings,  ///< also the body's first two strings
    whole,
    /// the whole message if it is at most small_message_size, else its first two strings
    small_whole,
    /// the whole message if it is at most small_message_size, else its type and length
    small_whole_or_header,
};

/// The most bytes of a message that is small.
constexpr std::size_t small_message_size = 512UL * 1024;

/// The part that is needed of each type of message.
class message_parts {
public:
    /// `none` for all types but these.
    constexpr message_parts(std::initializer_list<std::pair<char, message_part>> needed) {
        for (const auto& [type, part] : needed) {
            parts_[static_cast<unsigned char>(type)] = part;
        }
    }
    constexpr message_part operator[](char type) const {
        return parts_[static_cast<unsigned char>(type)];
    }

private:
    std::array<message_part, 256> parts_{};
};

/// A piece of a stream of messages: the needed part of a message, the rest of that message, or a
/// run of messages of which nothing is needed.
struct stream_piece {
    char type = '\0';             ///< the type of the message that begins here; NUL if none does
    std::string_view bytes = {};  ///< including the header; may be more than the needed part
    std::size_t size = 0;         ///< the size of the message that begins here, with its header
    bool is_too_large = false;    ///< the message or the needed part of it is above the limit
    bool is_rest = false;         ///< the rest, or a part of it, of the last message that began

    bool is_message() const noexcept { return type != '\0'; }
    bool is_whole() const noexcept { return bytes.size() == size; }
    std::string_view body() const { return bytes.substr(5); }
};

/// Splits a stream of PostgreSQL's protocol 3 into pieces. It holds only as much of a message as is
/// needed of it, and does not copy what is complete within a chunk. A run is as long as the chunk
/// allows, so rows and COPY data cost only one check per header.
class message_splitter {
public:
    /// The limits, in bytes, on a message and on the needed part of a message.
    struct limits {
        std::size_t message = std::numeric_limits<std::size_t>::max();
        std::size_t part = std::numeric_limits<std::size_t>::max();
    };

    /// `parts` must stay alive.
    explicit message_splitter(const message_parts& parts) : message_splitter(parts, limits{}) {}
    message_splitter(const message_parts& parts, const limits& most)
        : parts_(parts), limits_(most) {}

    /// Removes the next piece from the front of `chunk` and returns it. Returns std::nullopt, with
    /// all of `chunk` consumed, if more bytes are needed. A piece is valid until the next call.
    /// After an invalid length, the rest of the stream is one run. After a message above the limit,
    /// nothing may follow.
    std::optional<stream_piece> next(std::string_view& chunk);

    /// Whether the bytes taken so far end at the end of a message.
    bool is_between_messages() const noexcept {
        return passing_ == 0 && (held_.empty() || held_is_used_);
    }

private:
    std::size_t measure_run(std::string_view chunk);
    std::optional<stream_piece> begin_message(std::string_view& chunk);
    std::optional<stream_piece> continue_message(std::string_view& chunk);
    stream_piece take_held(std::size_t size);
    bool is_too_large(std::size_t size) const;

    const message_parts& parts_;
    limits limits_;
    std::size_t passing_ = 0;  // remaining bytes of a message that pass as they come
    bool passing_is_rest_ = false;
    std::string held_;  // the beginning of a message
    // How much of held_ was searched for the ends of strings, and how many were found.
    std::size_t held_scanned_ = 0;
    std::size_t held_strings_ = 0;
    bool held_is_used_ = false;  // the last piece refers to held_
};

}  // namespace wire
