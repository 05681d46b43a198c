// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "pg/execute_operation.hpp"
#include "pg/io/blocking_driver.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <string>

namespace dsql {

namespace {

void throw_unless_ready(pg::wait_result ended) {
    if (ended == pg::wait_result::timed_out) {
        throw timeout_error(
            "the deadline passed while a statement was under way; it may have run, and the "
            "connection has been closed");
    }
    if (ended == pg::wait_result::stopped) {
        throw cancelled_error(
            "stopped while a statement was under way; it may have run, and the connection has been "
            "closed");
    }
}

}  // namespace

connection::connection(pg_conn* owned) noexcept : handle_(owned) {}

void connection::finish::operator()(pg_conn* handle) const noexcept {
    PQfinish(handle);
}

bool connection::is_open() const noexcept {
    return handle_ != nullptr && PQstatus(handle_.get()) == CONNECTION_OK;
}

bool connection::is_idle() const noexcept {
    return is_open() && PQtransactionStatus(handle_.get()) == PQTRANS_IDLE;
}

bool connection::has_hung_up() const noexcept {
    if (!is_open()) {
        return true;
    }
    // Readable while idle: a notice, or a farewell and then the end. Reading on tells which.
    pollfd socket{.fd = PQsocket(handle_.get()), .events = POLLIN, .revents = 0};
    while (poll(&socket, 1, 0) > 0) {
        if (PQconsumeInput(handle_.get()) == 0 || !is_open()) {
            return true;
        }
    }
    return false;
}

void connection::close() noexcept {
    handle_.reset();
}

result connection::run(std::string_view sql, const parameters& values) {
    if (!is_open()) {
        throw connection_error(connection_phase::established,
                               "the connection is closed; the statement was not sent");
    }
    try {
        pg::execute_operation statement(handle_.get(), std::string(sql), values);
        throw_unless_ready(pg::run(statement, pg::deadline(deadline_), stop_));
        return statement.take();
    } catch (const server_error&) {
        if (!is_open()) {
            close();  // FATAL: the server's last words
        }
        throw;
    } catch (const conversion_error&) {
        throw;
    } catch (...) {
        close();  // what is half sent or half read cannot be used again
        throw;
    }
}

}  // namespace dsql
