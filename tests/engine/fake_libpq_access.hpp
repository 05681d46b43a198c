// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fake_libpq.hpp"

#include <libpq-fe.h>
#include <openssl/types.h>

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

// The fake's definitions of libpq's types.
struct pg_result {
    fake_libpq::server* of;
    fake_libpq::item content;
    bool is_cleared = false;
};

struct pg_conn {
    fake_libpq::server* of;
    bool is_finished = false;
    ConnStatusType status = CONNECTION_OK;
    PGTransactionStatusType settled = PQTRANS_IDLE;
    bool is_nonblocking = false;
    PGpipelineStatus pipeline = PQ_PIPELINE_OFF;
    std::string message{};
    PQnoticeReceiver receiver = nullptr;
    void* receiver_argument = nullptr;
    bool tls_in_use = true;
    std::map<std::string, std::string> parameters{};
    PGVerbosity verbosity = PQERRORS_DEFAULT;
    void* tls_data = nullptr;  // set by SSL_set_ex_data
    void (*tls_callback)(const SSL*, int, int) = nullptr;
    std::deque<fake_libpq::connect_step> connecting{};

    std::deque<fake_libpq::item> incoming{};
    bool in_exchange = false;
    bool is_raw = false;
    std::size_t commands = 0;  // of the pipeline, without a result yet
    bool has_failed = false;   // in a pipeline: the rest is aborted
    bool is_synced = true;
    bool says_busy = false;     // after a silent cut
    bool has_been_read = true;  // PQconsumeInput was called
    enum class copy { none, in, out } copying = copy::none;
};

namespace fake_libpq {

struct access {
    static server& current();
    /// Counts a call that can fail. Returns true if it must fail.
    static bool fails(pg_conn* conn, const char* function);
    /// Records misuse if the connection or result of a call was freed before.
    static void check(const pg_conn* conn, const char* function);
    static void check(const pg_result* result, const char* function);
    static void violation(const std::string& what);
    /// Sends a command. Returns 0 if that fails.
    static int send(pg_conn* conn, const char* function, server::sent command);
    static void queue_reply(pg_conn* conn, const server::sent& command);
    static pg_result* make_result(const item& content);
    static void break_connection(pg_conn* conn, bool is_reported);
    static void hand_over_notices(pg_conn* conn);
    static void discard_unasked(pg_conn* conn);
    static pg_result* next_result(pg_conn* conn);
    static void complete_all();
    static bool is_busy(pg_conn* conn);
    static int consume(pg_conn* conn);
    static std::deque<int>& flushes() { return current().flushes_; }
    static std::deque<items>& raw() { return current().raw_; }
    static std::vector<server::sent>& log() { return current().log_; }
    static std::string& copied() { return current().copied_; }
    static std::vector<std::string>& copy_ends() { return current().copy_ends_; }
    static void count_reset() { ++current().resets_; }
    static std::size_t& memory() { return current().memory_; }
    static pg_conn* add_connection();
    static pg_conn* start_connect(const char* const* names, const char* const* values);
    static char* allocate(const std::string& content);
};

}  // namespace fake_libpq
