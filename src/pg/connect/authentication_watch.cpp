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
    if (is_request && length < counted) {
        refuse("the server sent a request of the wrong length");
        return;
    }
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
    if (method == cleartext_password && has_asked_) {
        refuse("the server asked for the password twice");
    } else if (method == cleartext_password && left_ > 0) {
        refuse("the server sent a request of the wrong length");
    } else if (method == cleartext_password) {
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

authentication_watch::progress authentication_watch::progress_of(int tls_error) noexcept {
    switch (tls_error) {
        case SSL_ERROR_WANT_READ:
            return progress::wants_read;
        case SSL_ERROR_WANT_WRITE:
            return progress::wants_write;
        default:
            return progress::failed;
    }
}

std::optional<wait_for> authentication_watch::awaited_after(progress made) noexcept {
    switch (made) {
        case progress::wants_read:
            return wait_for::readable;
        case progress::wants_write:
            return wait_for::writable;
        default:
            return {};  // libpq reads, or reports the end of the connection
    }
}

std::optional<wait_for> authentication_watch::look(pg_conn* handle, std::string_view password) {
    SSL* const tls = tls_of(handle);
    if (tls == nullptr) {
        return {};
    }
    for (;;) {
        const progress sent = send_answer(tls);
        if (sent != progress::done || messages_.is_over()) {
            return awaited_after(sent);
        }
        const socket_state state = state_of(PQsocket(handle));
        if (SSL_has_pending(tls) == 0 && state != socket_state::has_data) {
            return awaited_after(state == socket_state::is_empty ? progress::wants_read
                                                                 : progress::failed);
        }
        const progress seen = look_at_record(tls, password);
        if (seen != progress::done || answer_.empty()) {
            return awaited_after(seen);
        }
    }
}

// Returns what of the current record libpq has not read, without taking it.
authentication_watch::progress authentication_watch::peek(SSL* tls, std::string& record) {
    record.resize(longest_tls_record);
    ERR_clear_error();
    const int size = SSL_peek(tls, record.data(), static_cast<int>(record.size()));
    if (size <= 0) {
        return progress_of(SSL_get_error(tls, size));
    }
    record.resize(static_cast<std::size_t>(size));
    return progress::done;
}

// `done`: libpq may read the record, or there is an answer to send.
authentication_watch::progress authentication_watch::look_at_record(SSL* tls,
                                                                    std::string_view password) {
    std::string record;
    if (const progress peeked = peek(tls, record); peeked != progress::done) {
        return peeked;
    }
    const std::string_view is_new =
        std::string_view(record).substr(std::min(looked_at_, record.size()));
    is_taking_request_ =
        is_taking_request_ || (looked_at_ == 0 && !messages_.has_asked() &&
                               messages_.is_between_messages() && is_new.starts_with('R'));
    if (!is_taking_request_) {
        messages_.read(is_new);
        return progress::done;
    }
    if (const progress taken = take_request(tls); taken != progress::done) {
        return taken;
    }
    is_taking_request_ = false;
    // What follows at once may show that the server is not to be trusted.
    if (SSL_pending(tls) > 0 && peek(tls, record) == progress::done) {
        messages_.read(record);
        looked_at_ = record.size();
    }
    if (fault().reason == distrust_reason::none) {
        prepare_answer(password);
    }
    return progress::done;
}

// Reads the bytes of the request one by one, so that what follows it stays there for libpq.
authentication_watch::progress authentication_watch::take_request(SSL* tls) {
    do {
        char byte = 0;
        ERR_clear_error();
        const int size = SSL_read(tls, &byte, 1);
        if (size <= 0) {
            return progress_of(SSL_get_error(tls, size));
        }
        messages_.read({&byte, 1});
    } while (!messages_.is_between_messages() && fault().reason == distrust_reason::none);
    return progress::done;
}

// Source: PostgreSQL, "Message Formats", PasswordMessage.
void authentication_watch::prepare_answer(std::string_view password) {
    const auto length = static_cast<std::uint32_t>(4 + password.size() + 1);
    answer_.reserve(1 + length);
    answer_.append("p");
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        const char byte = static_cast<char>(length >> shift & 0xffU);
        answer_.append({&byte, 1});
    }
    answer_.append(password);
    answer_.append(std::string_view("\0", 1));
}

// OpenSSL encrypts the text in the buffer that it is sent from, so no copy of it remains.
authentication_watch::progress authentication_watch::send_answer(SSL* tls) {
    if (answer_.empty()) {
        return progress::done;
    }
    ERR_clear_error();
    const int size = SSL_write(tls, answer_.c_str(), static_cast<int>(answer_.size()));
    if (size <= 0) {
        const progress made = progress_of(SSL_get_error(tls, size));
        if (made == progress::failed) {
            answer_.clear();
        }
        return made;
    }
    answer_.clear();  // without SSL_MODE_ENABLE_PARTIAL_WRITE, all of it was written
    return progress::done;
}

void authentication_watch::note_what_was_read(pg_conn* handle) noexcept {
    SSL* const tls = tls_of(handle);
    looked_at_ = tls == nullptr ? 0 : static_cast<std::size_t>(std::max(SSL_pending(tls), 0));
}

}  // namespace dsql::pg
