// SPDX-License-Identifier: Apache-2.0
// libpq's functions that send commands, singly or in a pipeline, and receive results.
// Source: PostgreSQL, "libpq - C Library".
#include "fake_libpq.hpp"
#include "fake_libpq_access.hpp"

#include <libpq-fe.h>

#include <deque>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

using fake_libpq::access;
using fake_libpq::item;

extern "C" {

// --- sending

int PQsendQuery(PGconn* conn, const char* sql) {
    return access::send(conn, "PQsendQuery", {.kind = "query", .sql = sql});
}
static std::vector<std::optional<std::string>> values_of(int count, const char* const* values,
                                                         const int* lengths, const int* formats) {
    std::vector<std::optional<std::string>> copied;
    for (int i = 0; i < count; ++i) {
        if (values[i] == nullptr) {
            copied.emplace_back();
        } else {
            copied.emplace_back(formats[i] == 0 ? std::string(values[i])
                                                : std::string(values[i], values[i] + lengths[i]));
        }
    }
    return copied;
}
int PQsendQueryParams(PGconn* conn, const char* sql, int count, const Oid* types,
                      const char* const* values, const int* lengths, const int* formats, int) {
    return access::send(conn, "PQsendQueryParams",
                        {.kind = "query",
                         .sql = sql,
                         .types = std::vector<Oid>(types, types + count),
                         .values = values_of(count, values, lengths, formats)});
}
int PQsendPrepare(PGconn* conn, const char* name, const char* sql, int count, const Oid* types) {
    return access::send(conn, "PQsendPrepare",
                        {.kind = "prepare",
                         .name = name,
                         .sql = sql,
                         .types = std::vector<Oid>(types, types + count)});
}
int PQsendQueryPrepared(PGconn* conn, const char* name, int count, const char* const* values,
                        const int* lengths, const int* formats, int) {
    if (name == nullptr) {
        access::check(conn, "PQsendQueryPrepared");
        access::count_reset();
        return 0;  // resets the result mode; see reset_result_mode
    }
    return access::send(
        conn, "PQsendQueryPrepared",
        {.kind = "execute", .name = name, .values = values_of(count, values, lengths, formats)});
}
int PQsendDescribePrepared(PGconn* conn, const char* name) {
    return access::send(conn, "PQsendDescribePrepared", {.kind = "describe", .name = name});
}
int PQflush(PGconn* conn) {
    if (access::fails(conn, "PQflush")) {
        access::break_connection(conn, true);
    }
    if (conn->status == CONNECTION_BAD) {
        return -1;
    }
    if (access::flushes().empty()) {
        return 0;
    }
    const int returned = access::flushes().front();
    access::flushes().pop_front();
    if (returned < 0) {
        access::break_connection(conn, true);
    }
    return returned;
}

// --- pipelines

PGpipelineStatus PQpipelineStatus(const PGconn* conn) {
    access::check(conn, "PQpipelineStatus");
    return conn->pipeline;
}
int PQenterPipelineMode(PGconn* conn) {
    if (access::fails(conn, "PQenterPipelineMode") || conn->in_exchange) {
        return 0;
    }
    conn->pipeline = PQ_PIPELINE_ON;
    conn->commands = 0;
    conn->has_failed = false;
    conn->is_raw = false;
    return 1;
}
int PQexitPipelineMode(PGconn* conn) {
    if (access::fails(conn, "PQexitPipelineMode") || !conn->is_synced || conn->in_exchange) {
        return 0;
    }
    conn->pipeline = PQ_PIPELINE_OFF;
    conn->is_raw = false;
    return 1;
}
int PQpipelineSync(PGconn* conn) {
    if (access::fails(conn, "PQpipelineSync") || conn->status != CONNECTION_OK) {
        return 0;
    }
    access::log().push_back({.kind = "sync"});
    conn->is_synced = false;
    conn->in_exchange = true;
    ++conn->commands;
    if (!conn->is_raw) {
        conn->incoming.push_back(fake_libpq::synced());
    }
    return 1;
}

// --- receiving

int PQconsumeInput(PGconn* conn) {
    if (access::fails(conn, "PQconsumeInput")) {
        access::break_connection(conn, true);
    }
    conn->has_been_read = true;
    return access::consume(conn);
}
int PQisBusy(PGconn* conn) {
    access::check(conn, "PQisBusy");
    return access::is_busy(conn) ? 1 : 0;
}
PGresult* PQgetResult(PGconn* conn) {
    static_cast<void>(access::fails(conn, "PQgetResult"));  // may break the connection
    return access::next_result(conn);
}
int PQsetSingleRowMode(PGconn* conn) {
    if (access::fails(conn, "PQsetSingleRowMode")) {
        return 0;
    }
    std::deque<item>& incoming = conn->incoming;
    if (!conn->is_raw && !incoming.empty() && incoming.front().status == PGRES_TUPLES_OK &&
        !incoming.front().rows.empty()) {
        incoming.front().status = PGRES_SINGLE_TUPLE;
        incoming.insert(std::next(incoming.begin()), fake_libpq::rows());
    }
    return 1;
}
}
