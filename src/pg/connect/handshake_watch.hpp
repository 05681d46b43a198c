// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connect/server_fault.hpp"

#include <system_error>

struct pg_conn;
struct x509_store_ctx_st;

namespace dsql::pg {

/// Finds out why a connect failed before the server sent an error: from the socket, `errno`, the
/// alerts of the TLS handshake and its checks of the certificate. libpq reports the reason only as
/// text, which may be translated and says little. Also makes these checks stricter.
/// @see require_certificate
///
/// Call `step` instead of PQconnectPoll, then `cause_of_failure` if that failed. Use one object for
/// each connect. It must outlive the handshake.
class handshake_watch {
public:
    handshake_watch() = default;
    handshake_watch(const handshake_watch&) = delete;
    handshake_watch& operator=(const handshake_watch&) = delete;

    /// Calls PQconnectPoll and returns its result. `errno` is 0 before the call.
    [[nodiscard]] int step(pg_conn* handle) noexcept;

    /// Returns the system's error after a failed step. If the peer closed the connection during the
    /// handshake, that is `ECONNRESET`. Returns no error if the handshake was rejected, for example
    /// because the certificate is not trusted, or if the reason is unknown.
    [[nodiscard]] std::error_code cause_of_failure(pg_conn* handle) const noexcept;

    /// Whether an allocation has failed in a step. Then neither the certificate nor the handshake
    /// is to blame: OpenSSL takes a key that it has no memory for as one that is too weak.
    [[nodiscard]] bool has_lacked_memory() const noexcept { return has_lacked_memory_; }

    /// Returns why the server's certificate was rejected, if that is why a step failed.
    [[nodiscard]] const server_fault& certificate() const noexcept { return seen_.certificate; }

    /// Whether the completed handshake of `handle` has checked the server's certificate.
    [[nodiscard]] bool has_checked_certificate(pg_conn* handle) const noexcept;

    /// Detaches a connection from this object, after the connect has succeeded. OpenSSL then has no
    /// function of this library any more for another handshake.
    static void end(pg_conn* handle) noexcept;

    /// What has happened in the handshake. Public for the callback that records it.
    struct events {
        bool reached_verdict = false;     ///< the handshake was completed or rejected
        bool read_anything = false;       ///< the peer has sent something
        bool is_tls = true;               ///< what the peer sent first looked like TLS
        bool peer_closed = false;         ///< the peer had closed the connection before the step
        int socket_error = 0;             ///< error of the socket, which reports it only once
        const char* host = "";            ///< the name that the certificate must have
        bool checks_certificate = false;  ///< `require_certificate` has succeeded
        server_fault certificate{};       ///< the first check that failed
        /// The callback of libpq that `require_certificate` has replaced.
        int (*callback_of_libpq)(int succeeded, x509_store_ctx_st* context) = nullptr;
    };

private:
    void look_at_socket(int socket, bool in_handshake) noexcept;

    events seen_{};
    bool has_lacked_memory_ = false;
};

/// Returns `error`, a value of `errno`, if it comes from the network or from a lack of descriptors
/// or memory; otherwise no error.
[[nodiscard]] std::error_code network_error(int error) noexcept;

/// Returns the error of a non-blocking connect on this socket, if it has failed. The system reports
/// it only once.
[[nodiscard]] std::error_code pending_error(int socket) noexcept;

}  // namespace dsql::pg
