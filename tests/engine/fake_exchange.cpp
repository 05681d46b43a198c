// SPDX-License-Identifier: Apache-2.0
// The state of one connection: which commands were sent, and what the server sends for them.
#include "fake_libpq.hpp"
#include "fake_libpq_access.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <string>
#include <utility>

namespace fake_libpq {

namespace {

bool is_error(const item& of) {
    return of.what == item::kind::result &&
           (of.status == PGRES_FATAL_ERROR || of.status == PGRES_BAD_RESPONSE);
}

items default_reply(const server::sent& command) {
    if (command.kind == "prepare" || command.kind == "close") {
        return {ok(command.kind)};
    }
    if (command.kind == "describe") {
        return {description({})};
    }
    if (command.sql.starts_with("BEGIN")) {
        return {then(ok("BEGIN"), PQTRANS_INTRANS)};
    }
    if (command.sql == "COMMIT" || command.sql == "ROLLBACK") {
        return {then(ok(command.sql), PQTRANS_IDLE)};
    }
    return {rows({"default"})};
}

}  // namespace

void access::break_connection(pg_conn* conn, bool is_reported) {
    conn->status = CONNECTION_BAD;
    conn->message = "server closed the connection unexpectedly\n";
    conn->incoming.clear();
    conn->copying = pg_conn::copy::none;
    if (conn->in_exchange) {
        if (is_reported) {
            conn->incoming = {lost(), end()};
        }
        conn->says_busy = !is_reported;
    }
}

void access::queue_reply(pg_conn* conn, const server::sent& command) {
    server& of = current();
    const bool in_pipeline = conn->pipeline != PQ_PIPELINE_OFF;
    if (!conn->in_exchange || (in_pipeline && conn->commands == 0 && !conn->is_raw)) {
        conn->in_exchange = true;
        conn->is_raw = !of.raw_.empty();
        if (conn->is_raw) {
            conn->incoming.assign(of.raw_.front().begin(), of.raw_.front().end());
            of.raw_.pop_front();
        }
    }
    ++conn->commands;
    if (conn->is_raw) {
        return;
    }
    if (conn->has_failed) {
        conn->incoming.push_back(aborted());
        conn->incoming.push_back(end());
        return;
    }
    items reply = default_reply(command);
    if (!of.replies_.empty()) {
        reply = std::move(of.replies_.front());
        of.replies_.pop_front();
    }
    conn->has_failed = in_pipeline && std::any_of(reply.begin(), reply.end(), is_error);
    conn->incoming.insert(conn->incoming.end(), reply.begin(), reply.end());
    conn->incoming.push_back(end());
}

int access::send(pg_conn* conn, const char* function, server::sent command) {
    const bool is_refused = fails(conn, function);
    const bool is_busy = conn->in_exchange && conn->pipeline == PQ_PIPELINE_OFF;
    if (is_busy && conn->status == CONNECTION_OK) {
        violation(std::string(function) + " while a command is under way");
    }
    if (command.kind == "execute") {
        // Its text is the text of the statement that was prepared with its name.
        const auto prepared =
            std::find_if(log().rbegin(), log().rend(), [&](const server::sent& earlier) {
                return earlier.kind == "prepare" && earlier.name == command.name;
            });
        command.sql = prepared == log().rend() ? "" : prepared->sql;
    }
    if (is_refused || is_busy || conn->status != CONNECTION_OK) {
        if (conn->message.empty()) {
            conn->message = "it cannot be sent\n";
        }
        return 0;
    }
    log().push_back(std::move(command));
    conn->is_synced = false;
    queue_reply(conn, log().back());
    return 1;
}

void access::hand_over_notices(pg_conn* conn) {
    while (!conn->incoming.empty() && conn->incoming.front().what == item::kind::notice) {
        pg_result notice{.of = &current(), .content = conn->incoming.front()};
        conn->incoming.pop_front();
        if (conn->receiver != nullptr) {
            conn->receiver(conn->receiver_argument, &notice);
        }
    }
}

void access::complete_all() {
    for (server::sent& command : log()) {
        command.is_completed = true;
    }
}

// libpq reports an error that comes while no command is under way as a notice, and discards all
// other messages with a notice of its own.
void access::discard_unasked(pg_conn* conn) {
    while (!conn->in_exchange && conn->status == CONNECTION_OK && !conn->incoming.empty() &&
           conn->incoming.front().what == item::kind::result) {
        const bool is_report = is_error(conn->incoming.front());
        if (!is_report) {
            conn->incoming.front() = notice("message type 0x43 arrived from server while idle");
            conn->incoming.front().fields.erase(PG_DIAG_SQLSTATE);
        }
        conn->incoming.front().what = item::kind::notice;
        hand_over_notices(conn);
    }
}

bool access::is_busy(pg_conn* conn) {
    hand_over_notices(conn);
    discard_unasked(conn);
    if (conn->says_busy) {
        return true;
    }
    if (!conn->in_exchange || conn->copying == pg_conn::copy::in) {
        return false;
    }
    if (conn->incoming.empty()) {
        return conn->status == CONNECTION_OK && conn->commands > 0;
    }
    const item::kind next = conn->incoming.front().what;
    return next == item::kind::busy || next == item::kind::cut;
}

int access::consume(pg_conn* conn) {
    hand_over_notices(conn);
    if (conn->status == CONNECTION_BAD) {
        return 0;
    }
    const bool waits_for_nothing = conn->incoming.empty() && conn->in_exchange &&
                                   conn->copying != pg_conn::copy::in && conn->commands > 0;
    if (waits_for_nothing) {
        break_connection(conn, false);
        return 0;
    }
    if (conn->incoming.empty()) {
        return 1;
    }
    if (conn->incoming.front().what == item::kind::cut) {
        break_connection(conn, conn->incoming.front().is_reported);
        return 0;
    }
    if (conn->incoming.front().what == item::kind::busy) {
        conn->incoming.pop_front();
        hand_over_notices(conn);
    }
    return 1;
}

pg_result* access::next_result(pg_conn* conn) {
    if (!conn->in_exchange) {
        return nullptr;
    }
    if (conn->status == CONNECTION_BAD && std::exchange(conn->says_busy, false)) {
        conn->incoming = {end()};
        return make_result(lost());
    }
    if (is_busy(conn)) {
        violation("PQgetResult where it would block");
        return nullptr;
    }
    if (conn->copying == pg_conn::copy::in) {
        return make_result(of_status(PGRES_COPY_IN));
    }
    if (conn->incoming.empty()) {
        conn->in_exchange = conn->pipeline != PQ_PIPELINE_OFF && conn->in_exchange;
        return nullptr;
    }
    const item next = conn->incoming.front();
    if (next.what == item::kind::data) {
        return make_result(of_status(PGRES_COPY_OUT));
    }
    conn->incoming.pop_front();
    if (next.what == item::kind::end) {
        if (!conn->is_raw || conn->pipeline == PQ_PIPELINE_OFF) {
            conn->commands -= conn->commands > 0 ? 1 : 0;
        }
        if (conn->pipeline == PQ_PIPELINE_OFF) {
            conn->in_exchange = false;
            conn->incoming.clear();
            if (conn->status == CONNECTION_OK) {
                complete_all();
            }
        }
        return nullptr;
    }
    if (next.transaction) {
        conn->settled = *next.transaction;
    } else if (is_error(next) && conn->settled == PQTRANS_INTRANS) {
        conn->settled = PQTRANS_INERROR;
    }
    if (next.status == PGRES_PIPELINE_SYNC) {
        conn->commands = 0;
        conn->has_failed = false;
        conn->is_synced = true;
        complete_all();
        conn->in_exchange = !conn->incoming.empty();
    } else if (next.status == PGRES_COPY_IN || next.status == PGRES_COPY_BOTH) {
        conn->copying = pg_conn::copy::in;
    } else if (next.status == PGRES_COPY_OUT) {
        conn->copying = pg_conn::copy::out;
    }
    return make_result(next);
}

}  // namespace fake_libpq
