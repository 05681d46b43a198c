// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dsql::pg {

/// Follows the messages that a server sends while no statement is under way, to know of which kind
/// the one is whose end has not come. libpq keeps the part of a message, says nothing of it, and
/// takes the rest whenever it comes, also during the next statement. That is right for a message
/// that no statement waits for. Another one would become that statement's result.
/// Source: PostgreSQL, "Asynchronous Operations" and "Message Formats".
class idle_messages {
public:
    /// To be called when a statement is sent. The server ends its answer with the end of a message.
    void restart() noexcept { *this = {}; }
    /// Whether `next` may be the next byte of the server: the next one of a message that has begun,
    /// or the first one of a notice, an error, a notification or the change of a setting.
    [[nodiscard]] bool may_come(char next) const noexcept;
    /// Takes the next bytes of the server.
    void read(std::string_view bytes) noexcept;
    /// Whether the server may finish its last message during a statement. False also for a part of
    /// an error, which the statement would take for its own.
    [[nodiscard]] bool may_end_later() const noexcept;
    /// How many bytes of a message have come whose end has not.
    [[nodiscard]] std::size_t unfinished_bytes() const noexcept { return unfinished_; }

private:
    void take_body(std::string_view& bytes) noexcept;

    std::array<char, 5> head_{};  // type and length
    std::size_t unfinished_ = 0;
    std::uint32_t left_ = 0;  // bytes to come of the message, if its head has come
};

}  // namespace dsql::pg
