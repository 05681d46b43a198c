// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// A part of a stream of messages: either one whole message, or a run of bytes of messages that
/// nobody needs to look into.
struct stream_piece {
    char type = '\0';             ///< of a whole message; NUL: a run
    std::string_view bytes = {};  ///< header and all

    bool is_message() const noexcept { return type != '\0'; }
    std::string_view body() const { return bytes.substr(5); }
};

/// Cuts a stream of PostgreSQL's protocol 3 into the messages that must be seen whole and runs of
/// everything else. A message that lies in one chunk is not copied, and a run is as long as the
/// chunk allows: rows and COPY data cost no more than a look at each header.
class message_splitter {
public:
    /// `whole_types` are the types of the messages to be seen whole.
    explicit message_splitter(std::string_view whole_types) : whole_types_(whole_types) {}

    /// Takes the next piece from the front of `chunk`; std::nullopt when there is none before more
    /// bytes come, and then all of `chunk` is consumed. A piece is good until the next call.
    /// What follows a length that cannot be is one run without end.
    std::optional<stream_piece> next(std::string_view& chunk);

    /// All that was taken ended with a message.
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
    std::size_t passing_ = 0;    // bytes left of the message that passes
    std::string held_;           // the beginning of a message that is not complete
    bool held_is_used_ = false;  // held_ went out with the last piece
};

}  // namespace dsql_local
