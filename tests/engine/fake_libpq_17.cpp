// SPDX-License-Identifier: Apache-2.0
// The functions that were added in libpq 17. Linked into one of the two test programs.
#include "fake_libpq.hpp"
#include "fake_libpq_access.hpp"

extern "C" {

int PQsendClosePrepared(PGconn* conn, const char* name) {
    return fake_libpq::access::send(conn, "PQsendClosePrepared", {.kind = "close", .name = name});
}

int PQsetChunkedRowsMode(PGconn* conn, int) {
    return PQsetSingleRowMode(conn);
}
}
