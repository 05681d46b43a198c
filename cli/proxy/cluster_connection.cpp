// SPDX-License-Identifier: Apache-2.0
#include "proxy/cluster_connection.hpp"

#include <libpq-fe.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <stdexcept>

namespace dsql_cli::proxy {

namespace {

// Source: PostgreSQL, "Protocol Flow", Asynchronous Operations.
constexpr const char* reported[] = {"server_version",
                                    "server_encoding",
                                    "client_encoding",
                                    "application_name",
                                    "default_transaction_read_only",
                                    "in_hot_standby",
                                    "is_superuser",
                                    "session_authorization",
                                    "DateStyle",
                                    "IntervalStyle",
                                    "TimeZone",
                                    "integer_datetimes",
                                    "standard_conforming_strings",
                                    "scram_iterations",
                                    "search_path"};

transfer failed_transfer(SSL* tls, int result) noexcept {
    const int error = SSL_get_error(tls, result);
    const bool is_blocked = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
    return {.state = is_blocked ? transfer_state::blocked : transfer_state::ended};
}

}  // namespace

void cluster_connection::finish::operator()(pg_conn* handle) const noexcept {
    PQfinish(handle);
}

// libpq reads all that has arrived. After the login nothing more comes until something is sent, so
// that its buffer is empty; the functions of libpq that would find a message there are called to
// make sure. TLS may read ahead from now on, which halves the number of system calls.
cluster_connection::cluster_connection(pg_conn* owned)
    : handle_(owned), tls_(static_cast<SSL*>(PQsslStruct(owned, "OpenSSL"))) {
    if (tls_ == nullptr) {
        throw std::runtime_error("the connection to the cluster has no TLS");
    }
    if (PQstatus(owned) != CONNECTION_OK || PQtransactionStatus(owned) != PQTRANS_IDLE ||
        PQisBusy(owned) != 0 || SSL_pending(tls_) != 0) {
        throw std::runtime_error("the connection to the cluster is not idle after its login");
    }
    SSL_set_mode(tls_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_read_ahead(tls_, 1);
    PQsetnonblocking(owned, 1);  // so that PQfinish does not wait for a cluster that does not read
}

int cluster_connection::socket() const noexcept {
    return PQsocket(handle_.get());
}

bool cluster_connection::has_read_ahead() const noexcept {
    return SSL_has_pending(tls_) != 0;
}

// A record of TLS has at most 16 KiB; several of them make a large chunk.
transfer cluster_connection::read(char* buffer, std::size_t capacity) noexcept {
    std::size_t size = 0;
    while (size < capacity && (size == 0 || has_read_ahead())) {
        ERR_clear_error();
        std::size_t part = 0;
        const int result = SSL_read_ex(tls_, buffer + size, capacity - size, &part);
        if (result != 1) {
            const transfer failed = failed_transfer(tls_, result);
            return size > 0 ? transfer{.state = transfer_state::done, .size = size} : failed;
        }
        size += part;
    }
    return {.state = transfer_state::done, .size = size};
}

transfer cluster_connection::write(std::string_view bytes) noexcept {
    ERR_clear_error();
    std::size_t size = 0;
    const int result = SSL_write_ex(tls_, bytes.data(), bytes.size(), &size);
    return result == 1 ? transfer{.state = transfer_state::done, .size = size}
                       : failed_transfer(tls_, result);
}

std::vector<std::pair<std::string, std::string>> cluster_connection::reported_settings() const {
    std::vector<std::pair<std::string, std::string>> settings;
    for (const char* const name : reported) {
        if (const char* const value = PQparameterStatus(handle_.get(), name)) {
            settings.emplace_back(name, value);
        }
    }
    return settings;
}

std::uint32_t cluster_connection::process_id() const noexcept {
    return static_cast<std::uint32_t>(PQbackendPID(handle_.get()));
}

}  // namespace dsql_cli::proxy
