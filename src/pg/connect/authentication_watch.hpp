// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/wait_for.hpp>

#include "pg/connect/server_fault.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct pg_conn;

namespace dsql::pg {

/// Reads along while a server authenticates the client, and finds requests for anything but a
/// cleartext password, which DSQL asks for. libpq 15 would answer them: with hashes of the token,
/// or by accepting a server that asks for nothing. libpq 16 and later know `require_auth`.
/// Source: PostgreSQL, "Message Formats", Authentication...
class authentication_messages {
public:
    /// Takes the next bytes of the server.
    void read(std::string_view bytes);
    /// Whether nothing more has to be read: the client is authenticated, or has been rejected.
    [[nodiscard]] bool is_over() const noexcept { return is_over_; }
    /// What the server must not ask for, if it did.
    [[nodiscard]] const server_fault& fault() const noexcept { return fault_; }

private:
    void take(char byte);
    void judge_request(std::uint32_t method);
    void refuse(const std::string& what);
    [[nodiscard]] std::uint32_t number_at(std::size_t at) const noexcept;

    std::array<char, 9> head_{};  // type, length, and the method of an authentication request
    std::size_t head_size_ = 0;
    std::uint32_t left_ = 0;  // bytes of the current message that are not looked at
    bool has_asked_ = false;  // for the password
    bool is_over_ = false;
    server_fault fault_{};
};

/// Looks at what a server sends before libpq reads it.
class authentication_watch {
public:
    /// Call it before each PQconnectPoll with the status CONNECTION_AWAITING_RESPONSE. Returns what
    /// to wait for instead of calling PQconnectPoll, which must not read what was not looked at.
    [[nodiscard]] std::optional<wait_for> look(pg_conn* handle);
    /// Call it after that PQconnectPoll.
    void note_what_was_read(pg_conn* handle) noexcept;

    [[nodiscard]] const server_fault& fault() const noexcept { return messages_.fault(); }

private:
    authentication_messages messages_{};
    std::size_t looked_at_ = 0;  // bytes of the current TLS record that libpq has not read
};

}  // namespace dsql::pg
