// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fork_guard.hpp"

#include <libpq-fe.h>
#include <sys/socket.h>

#include <memory>

namespace dsql::pg {

struct finish_handle {
    void operator()(pg_conn* handle) const noexcept {
        // PQfinish sends a last message and waits until all pending data is sent, which may never
        // happen.
        //
        // A handle that is not connected sends no such message. Its server must see the end also
        // while a forked child holds a copy of the socket.
        if (PQstatus(handle) != CONNECTION_OK ||
            (PQisnonblocking(handle) != 0 && PQflush(handle) == 1)) {
            shutdown(PQsocket(handle), SHUT_RDWR);
        }
        const detail::fork_gate no_fork;  // libpq and OpenSSL take locks that a forked child needs
        PQfinish(handle);
    }
};

/// A libpq connection that closes itself.
using owned_handle = std::unique_ptr<pg_conn, finish_handle>;

}  // namespace dsql::pg
