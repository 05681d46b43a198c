// SPDX-License-Identifier: Apache-2.0
#include "pg/io/input.hpp"

#include "base/openssl_thread.hpp"
#include "pg/io/idle_messages.hpp"
#include "pg/io/operation.hpp"
#include "pg/io/step_budget.hpp"

#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string_view>

namespace dsql::pg {

namespace {

// Beyond that, PQconsumeInput may read more than a part of one TLS record, and does not say how
// much. Source: libpq, fe-misc.c, pqReadData.
constexpr std::size_t most_of_one_read = 32'768;

// Reads what the server has sent while no statement is under way, a TLS record or a part of it at a
// time, and keeps account of the messages in it.
class idle_reader {
public:
    idle_reader(pg_conn* handle, idle_messages& messages) noexcept
        : handle_(handle), tls_(tls_of(handle)), messages_(messages) {}
    ~idle_reader() {
        if (!knows_position_) {
            messages_.restart();
        }
    }
    idle_reader(const idle_reader&) = delete;
    idle_reader& operator=(const idle_reader&) = delete;

    // Returns false if the connection is broken, or a message has begun that belongs to a
    // statement.
    [[nodiscard]] bool read() noexcept {
        ERR_clear_error();
        const int size = tls_ == nullptr ? 0 : SSL_peek(tls_, record_.data(), record_size);
        if (size > 0) {
            return read_of({record_.data(), static_cast<std::size_t>(size)});
        }
        // A part of a record may wait there. libpq would read the record if the rest came now.
        return (tls_ != nullptr && SSL_get_error(tls_, size) == SSL_ERROR_WANT_READ) ||
               PQconsumeInput(handle_) != 0;
    }

private:
    static constexpr int record_size = 16'384;

    bool read_of(std::string_view record) noexcept {
        knows_position_ =
            knows_position_ && messages_.unfinished_bytes() + record.size() <= most_of_one_read;
        if (knows_position_ && !messages_.may_come(record.front())) {
            return false;
        }
        const int before = SSL_pending(tls_);
        if (PQconsumeInput(handle_) == 0) {
            return false;
        }
        if (knows_position_) {
            const int taken = std::max(before - SSL_pending(tls_), 0);
            messages_.read(record.substr(0, static_cast<std::size_t>(taken)));
        }
        return true;
    }

    pg_conn* const handle_;
    SSL* const tls_;
    idle_messages& messages_;
    bool knows_position_ = true;
    std::array<char, record_size> record_{};
};

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

bool parse_idle_input(pg_conn* handle, idle_messages& messages) noexcept {
    constexpr int most_reads = 1024;  // for a server that sends without end
    const step_budget budget;         // for one that sends long records
    parse_read_input(handle);
    if (has_input(handle)) {
        idle_reader reader(handle, messages);
        for (int reads = 0; has_input(handle); ++reads) {
            if (reads == most_reads || !reader.read()) {
                return false;
            }
            parse_read_input(handle);
        }
    }
    return PQstatus(handle) == CONNECTION_OK && messages.may_end_later();
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
