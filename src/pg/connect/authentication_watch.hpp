// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>
#include <dsql/wait_for.hpp>

#include "pg/connect/server_fault.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct pg_conn;
struct ssl_st;

namespace dsql::pg {

/// Reads the messages of a server that authenticates the client, and finds requests for anything
/// but a cleartext password, which DSQL asks for. libpq 15 would answer them, or accept a server
/// that asks for nothing. Source: PostgreSQL, "Message Formats", Authentication...
class authentication_messages {
public:
    /// Takes the next bytes of the server.
    void read(std::string_view bytes);
    /// Whether the next byte begins a message.
    [[nodiscard]] bool is_between_messages() const noexcept {
        return head_size_ == 0 && left_ == 0;
    }
    /// Whether the server has asked for a cleartext password.
    [[nodiscard]] bool has_asked() const noexcept { return has_asked_; }
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

/// Answers a server's request for the password in place of libpq, which never has the token. libpq
/// would keep copies of it in the connection, in its parameters and in its output buffer, and free
/// them without overwriting. This class takes the request from the TLS connection and sends the
/// answer there. To libpq, the server then seems to ask for nothing.
class authentication_watch {
public:
    /// Call it before each PQconnectPoll with the status CONNECTION_AWAITING_RESPONSE. Returns what
    /// to wait for instead of calling PQconnectPoll, which must not read what was not looked at.
    [[nodiscard]] std::optional<wait_for> look(pg_conn* handle, std::string_view password);
    /// Call it after that PQconnectPoll.
    void note_what_was_read(pg_conn* handle) noexcept;

    [[nodiscard]] const server_fault& fault() const noexcept { return messages_.fault(); }

private:
    enum class progress { done, wants_read, wants_write, failed };

    [[nodiscard]] static progress progress_of(int tls_error) noexcept;
    [[nodiscard]] static std::optional<wait_for> awaited_after(progress made) noexcept;
    [[nodiscard]] static progress peek(ssl_st* tls, std::string& record);
    [[nodiscard]] progress look_at_record(ssl_st* tls, std::string_view password);
    [[nodiscard]] progress take_request(ssl_st* tls);
    [[nodiscard]] progress send_answer(ssl_st* tls);
    void prepare_answer(std::string_view password);

    authentication_messages messages_{};
    std::size_t looked_at_ = 0;  // bytes of the current TLS record that libpq has not read
    bool is_taking_request_ =
        false;                // its first bytes were taken, and libpq must not read the rest
    secret_string answer_{};  // to be sent; empty before the request, and once it is sent
};

}  // namespace dsql::pg
