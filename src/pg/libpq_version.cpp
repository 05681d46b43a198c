// SPDX-License-Identifier: Apache-2.0
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

// Declared here for the headers of older versions; weak, so that a program also starts with a
// library that lacks them.
extern "C" {
int PQsendClosePrepared(PGconn* conn, const char* stmt) __attribute__((weak));
int PQsetChunkedRowsMode(PGconn* conn, int chunkSize) __attribute__((weak));
}

namespace dsql::pg {

namespace {

// PGRES_TUPLES_CHUNK, which the headers of older versions lack.
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

// There is no function for it. PQsendQueryPrepared resets the mode as its first act (fe-exec.c,
// PQsendQueryStart, from version 9.2 to 18) and then refuses the missing name.
void reset_result_mode(pg_conn* handle) noexcept {
    static_cast<void>(PQsendQueryPrepared(handle, nullptr, 0, nullptr, nullptr, nullptr, 1));
}

bool is_piece_of_stream(int status) noexcept {
    return status == PGRES_SINGLE_TUPLE || status == tuples_chunk;
}

}  // namespace dsql::pg
