// SPDX-License-Identifier: Apache-2.0
// libpq's functions for COPY. Source: PostgreSQL, "libpq - C Library".
#include "fake_libpq.hpp"
#include "fake_libpq_access.hpp"

#include <libpq-fe.h>

#include <cstddef>
#include <string>

using fake_libpq::access;
using fake_libpq::item;

extern "C" {

int PQgetCopyData(PGconn* conn, char** buffer, int) {
    *buffer = nullptr;
    if (access::fails(conn, "PQgetCopyData")) {
        return -2;
    }
    if (conn->copying != pg_conn::copy::out) {
        return conn->status == CONNECTION_OK ? -2 : 0;
    }
    if (access::is_busy(conn)) {
        return 0;
    }
    if (conn->incoming.empty() || conn->incoming.front().what != item::kind::data) {
        conn->copying = pg_conn::copy::none;
        return -1;
    }
    const std::string bytes = conn->incoming.front().tag;
    conn->incoming.pop_front();
    *buffer = access::allocate(bytes);
    return static_cast<int>(bytes.size());
}
int PQputCopyData(PGconn* conn, const char* bytes, int size) {
    if (access::fails(conn, "PQputCopyData") || conn->copying != pg_conn::copy::in) {
        return -1;
    }
    access::copied().append(bytes, static_cast<std::size_t>(size));
    return 1;
}
int PQputCopyEnd(PGconn* conn, const char* reason) {
    if (access::fails(conn, "PQputCopyEnd") || conn->copying != pg_conn::copy::in) {
        return -1;
    }
    conn->copying = pg_conn::copy::none;
    access::copy_ends().emplace_back(reason == nullptr ? "" : reason);
    if (reason != nullptr && !conn->is_raw) {
        conn->incoming = {fake_libpq::error("57014", reason), fake_libpq::end()};
    }
    return 1;
}
}
