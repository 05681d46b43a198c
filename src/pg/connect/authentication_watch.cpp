// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/authentication_watch.hpp"

#include "pg/io/input.hpp"

#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace dsql::pg {

namespace {

constexpr std::size_t type_and_length = 5;
constexpr std::size_t longest_tls_record = 16'384;

constexpr std::uint32_t authentication_ok = 0;
constexpr std::uint32_t cleartext_password = 3;

std::string method_text(std::uint32_t method) {
    switch (method) {
        case 2:
            return "Kerberos V5";
        case 5:
            return "an MD5 hash of the password";
        case 7:
        case 8:
            return "GSSAPI";
        case 9:
            return "SSPI";
        case 10:
        case 11:
        case 12:
            return "SASL, such as SCRAM";
        default:
            return "the authentication method " + std::to_string(method);
    }
}

enum class socket_state { has_data, is_empty, is_over };

socket_state state_of(int socket) noexcept {
    char byte = 0;
    const ssize_t size = recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (size > 0) {
        return socket_state::has_data;
    }
    return size < 0 && (errno == EAGAIN || errno == EINTR) ? socket_state::is_empty
                                                           : socket_state::is_over;
}

}  // namespace

void authentication_messages::read(std::string_view bytes) {
    for (const char byte : bytes) {
        if (is_over_ || fault_.reason != distrust_reason::none) {
            return;
        }
        take(byte);
    }
}

std::uint32_t authentication_messages::number_at(std::size_t at) const noexcept {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + 4; ++i) {
        number = number << 8U | static_cast<unsigned char>(head_[i]);
    }
    return number;
}

void authentication_messages::take(char byte) {
    if (left_ > 0) {
        --left_;
        return;
    }
    head_[head_size_++] = byte;
    const bool is_request = head_[0] == 'R';
    if (head_size_ < (is_request ? head_.size() : type_and_length)) {
        return;
    }
    // The length counts itself. libpq rejects one that is too small, and what follows an error.
    const std::uint32_t length = number_at(1);
    const auto counted = static_cast<std::uint32_t>(head_size_ - 1);
    head_size_ = 0;
    if (head_[0] == 'E' || length < counted) {
        is_over_ = true;
        return;
    }
    left_ = length - counted;
    if (is_request) {
        judge_request(number_at(type_and_length));
    }
}

void authentication_messages::judge_request(std::uint32_t method) {
    if (method == cleartext_password) {
        has_asked_ = true;
    } else if (method != authentication_ok) {
        refuse("the server asked for " + method_text(method));
    } else if (!has_asked_) {
        refuse("the server did not ask for a password");
    } else {
        is_over_ = true;
    }
}

void authentication_messages::refuse(const std::string& what) {
    fault_ = {distrust_reason::authentication,
              what + ", but Aurora DSQL asks for a cleartext password and nothing else"};
}

std::optional<wait_for> authentication_watch::look(pg_conn* handle) {
    SSL* const tls = tls_of(handle);
    if (messages_.is_over() || tls == nullptr) {
        return {};
    }
    const socket_state state = state_of(PQsocket(handle));
    if (SSL_has_pending(tls) == 0 && state != socket_state::has_data) {
        // libpq reports the end of the connection.
        return state == socket_state::is_empty ? std::optional(wait_for::readable) : std::nullopt;
    }
    std::string record(longest_tls_record, '\0');
    ERR_clear_error();
    const int size = SSL_peek(tls, record.data(), static_cast<int>(record.size()));
    if (size <= 0) {
        const int why = SSL_get_error(tls, size);
        if (why == SSL_ERROR_WANT_READ) {
            return wait_for::readable;
        }
        return why == SSL_ERROR_WANT_WRITE ? std::optional(wait_for::writable) : std::nullopt;
    }
    const std::string_view seen(record.data(), static_cast<std::size_t>(size));
    messages_.read(seen.substr(std::min(looked_at_, seen.size())));
    return {};
}

void authentication_watch::note_what_was_read(pg_conn* handle) noexcept {
    SSL* const tls = tls_of(handle);
    looked_at_ = tls == nullptr ? 0 : static_cast<std::size_t>(std::max(SSL_pending(tls), 0));
}

}  // namespace dsql::pg
