// SPDX-License-Identifier: Apache-2.0
#include "pg/libpq_version.hpp"

#include "base/fork_guard.hpp"

#include <libpq-fe.h>

// The headers of older versions do not declare these functions. They are weak, so that a program
// also starts with a library that lacks them.
extern "C" {
int PQsendClosePrepared(PGconn* conn, const char* stmt) __attribute__((weak));
int PQsetChunkedRowsMode(PGconn* conn, int chunkSize) __attribute__((weak));
}

namespace dsql::pg {

namespace {

// The value of PGRES_TUPLES_CHUNK, which the headers of older versions do not define.
constexpr int tuples_chunk = 12;

}  // namespace

bool knows_direct_tls() noexcept {
    return PQlibVersion() >= 170000;
}
bool knows_require_auth() noexcept {
    return PQlibVersion() >= 160000;
}
bool knows_ssl_cert_mode() noexcept {
    return PQlibVersion() >= 160000;
}
bool knows_system_trust_store() noexcept {
    return PQlibVersion() >= 160000;
}
bool knows_newer_protocols() noexcept {
    return PQlibVersion() >= 180000;
}

bool can_close_prepared() noexcept {
    return &PQsendClosePrepared != nullptr;
}

int send_close_prepared(pg_conn* handle, const char* name) noexcept {
    return can_close_prepared() ? PQsendClosePrepared(handle, name) : 0;
}

int stream_rows(pg_conn* handle, int rows_at_a_time) noexcept {
    if (&PQsetChunkedRowsMode != nullptr) {
        return PQsetChunkedRowsMode(handle, rows_at_a_time);
    }
    return PQsetSingleRowMode(handle);
}

// libpq has no function for this. PQsendQueryPrepared first resets the mode (fe-exec.c,
// PQsendQueryStart, in versions 9.2 to 18) and then rejects the missing name. The C library looks
// up a translation of that error with a lock that a forked child needs, for freelocale for example.
void reset_result_mode(pg_conn* handle) noexcept {
    const detail::fork_gate no_fork;
    static_cast<void>(PQsendQueryPrepared(handle, nullptr, 0, nullptr, nullptr, nullptr, 1));
}

bool is_piece_of_stream(int status) noexcept {
    return status == PGRES_SINGLE_TUPLE || status == tuples_chunk;
}

}  // namespace dsql::pg
