// SPDX-License-Identifier: Apache-2.0
#include "pg/io/input.hpp"

#include "base/openssl_thread.hpp"
#include "pg/io/operation.hpp"
#include "pg/io/step_budget.hpp"

#include <libpq-fe.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <cerrno>
#include <string_view>

namespace dsql::pg {

namespace {

// Whether what TLS has received next begins a notice, an error, a notification or the change of a
// setting. libpq would wait for the end of another message, which may come with the next result. A
// server ends its output with the message that ends an exchange, so that a message begins here.
bool begins_unasked_message(pg_conn* handle) noexcept {
    SSL* const tls = tls_of(handle);
    char type = 'N';
    return tls == nullptr || SSL_peek(tls, &type, 1) <= 0 ||
           std::string_view("NESA").find(type) != std::string_view::npos;
}

}  // namespace

SSL* tls_of(pg_conn* handle) noexcept {
    return static_cast<SSL*>(PQsslStruct(handle, "OpenSSL"));
}

void read_tls_ahead(pg_conn* handle) noexcept {
    if (SSL* const tls = tls_of(handle)) {
        SSL_set_read_ahead(tls, 1);
    }
}

void stop_reading_tls_ahead(pg_conn* handle) noexcept {
    SSL* const tls = tls_of(handle);
    if (tls != nullptr && SSL_get_read_ahead(tls) != 0) {
        while (tls_pending(handle) && PQconsumeInput(handle) != 0) {
        }
        SSL_set_read_ahead(tls, 0);
    }
}

bool consume_input(pg_conn* handle) noexcept {
    detail::openssl_thread::begin();  // the next rows may be read by another thread
    do {
        if (PQconsumeInput(handle) == 0) {
            return false;
        }
    } while (tls_pending(handle));
    return true;
}

std::uint64_t bytes_transferred(pg_conn* handle) noexcept {
    SSL* const tls = tls_of(handle);
    return tls == nullptr
               ? 0
               : BIO_number_read(SSL_get_rbio(tls)) + BIO_number_written(SSL_get_wbio(tls));
}

[[gnu::hot]] bool has_input(pg_conn* handle) noexcept {
    pollfd socket{.fd = PQsocket(handle), .events = POLLIN, .revents = 0};
    return tls_pending(handle) || poll(&socket, 1, 0) > 0;
}

[[gnu::hot]] bool is_busy(pg_conn* handle) {
    errno = 0;
    if (PQisBusy(handle) == 0) {
        return false;
    }
    if (errno != ENOMEM) [[likely]] {
        return true;
    }
    // An allocation may have failed, but malloc sets `errno` also when it succeeds at the second
    // attempt. libpq looks again at a message that it could not take in.
    errno = 0;
    if (PQisBusy(handle) == 0) {
        return false;
    }
    if (errno == ENOMEM || *PQerrorMessage(handle) != '\0') {
        throw lost_exchange("memory ran out while a result was read");
    }
    return true;
}

bool parse_idle_input(pg_conn* handle) noexcept {
    constexpr int most_reads = 16;  // for a server that sends without end
    const step_budget budget;       // for one that sends a message without end
    parse_read_input(handle);
    if (has_input(handle) && !begins_unasked_message(handle)) {
        return false;
    }
    for (int reads = 0; has_input(handle); ++reads) {
        if (reads == most_reads || PQconsumeInput(handle) == 0) {
            return false;
        }
        parse_read_input(handle);
    }
    return PQstatus(handle) == CONNECTION_OK;
}

[[gnu::hot]] void parse_read_input(pg_conn* handle) noexcept {
    static_cast<void>(PQisBusy(handle));
}

[[gnu::hot]] bool tls_pending(pg_conn* handle) noexcept {
    SSL* const tls = tls_of(handle);
    if (tls == nullptr || SSL_has_pending(tls) == 0) {
        return false;
    }
    // What was read ahead may be a part of a record only, of which nothing can be decrypted yet.
    char first = 0;
    return SSL_pending(tls) > 0 || SSL_peek(tls, &first, 1) > 0;
}

}  // namespace dsql::pg
