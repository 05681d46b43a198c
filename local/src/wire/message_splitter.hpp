// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// A part of a stream of messages: either one whole message, or a run of bytes of messages that
/// need not be examined.
struct stream_piece {
    char type = '\0';             ///< the type of a whole message; NUL for a run
    std::string_view bytes = {};  ///< including the header

    bool is_message() const noexcept { return type != '\0'; }
    std::string_view body() const { return bytes.substr(5); }
};

/// Splits a stream of PostgreSQL's protocol 3 into whole messages of the requested types and runs
/// of all other bytes. It does not copy a message that is complete within a chunk, and a run is as
/// long as the chunk allows, so rows and COPY data cost only one check per header.
class message_splitter {
public:
    /// `whole_types` are the types of the messages to return whole. It must stay alive.
    explicit message_splitter(std::string_view whole_types) : whole_types_(whole_types) {}

    /// Removes the next piece from the front of `chunk` and returns it. Returns std::nullopt, with
    /// all of `chunk` consumed, if more bytes are needed. A piece is valid until the next call.
    /// After an invalid length, the rest of the stream is one run.
    std::optional<stream_piece> next(std::string_view& chunk);

    /// Whether the bytes taken so far end at the end of a message.
    bool is_between_messages() const noexcept {
        return passing_ == 0 && (held_.empty() || held_is_used_);
    }

private:
    bool is_wanted(char type) const { return whole_types_.find(type) != std::string_view::npos; }
    std::size_t measure_run(std::string_view chunk);
    std::optional<stream_piece> begin_message(std::string_view& chunk);
    std::optional<stream_piece> continue_message(std::string_view& chunk);
    bool fill_to(std::size_t size, std::string_view& chunk);

    std::string_view whole_types_;
    std::size_t passing_ = 0;    // remaining bytes of the message that is part of a run
    std::string held_;           // the beginning of an incomplete message
    bool held_is_used_ = false;  // the last piece refers to held_
};

}  // namespace dsql_local
