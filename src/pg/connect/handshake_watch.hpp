// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <system_error>

struct pg_conn;

namespace dsql::pg {

/// Finds out why a connect fails before the server has said anything: from the socket, from `errno`
/// and from the TLS handshake's alerts. libpq tells it as text only, which may be translated.
///
/// Use: `before_step`, then PQconnectPoll, then `cause_of_failure` if that failed. An object is
/// for one connect and outlives its handshake.
class handshake_watch {
public:
    handshake_watch() = default;
    handshake_watch(const handshake_watch&) = delete;
    handshake_watch& operator=(const handshake_watch&) = delete;

    /// Looks at the socket and sets `errno` to 0.
    void before_step(pg_conn* handle) noexcept;

    /// The system's error after a step that failed. A peer that closed the connection before the
    /// handshake had ended counts as `ECONNRESET`. No error: the handshake came to a verdict, such
    /// as a certificate that is not trusted, or nothing is known.
    [[nodiscard]] std::error_code cause_of_failure(pg_conn* handle) const noexcept;

    /// The connect has succeeded: its handle goes on without this object.
    static void end(pg_conn* handle) noexcept;

    /// What the handshake has come to. Public for the callback that notes it.
    struct events {
        bool reached_verdict = false;  ///< an alert, or an end of the handshake
        bool read_anything = false;    ///< something came from the peer
        bool is_tls = true;            ///< and that looked like TLS
        bool peer_closed = false;      ///< before the step that failed
        int socket_error = 0;          ///< of the socket, which tells it once
    };

private:
    void look_at_socket(int socket, bool in_handshake) noexcept;

    events seen_{};
    bool began_tls_ = false;
};

/// `error` (a value of `errno`) if it is one that a network, or a lack of descriptors or memory,
/// causes; else none.
[[nodiscard]] std::error_code network_error(int error) noexcept;

/// The error of a connect that was under way on this socket, if it has failed. It is reported once.
[[nodiscard]] std::error_code pending_error(int socket) noexcept;

}  // namespace dsql::pg
