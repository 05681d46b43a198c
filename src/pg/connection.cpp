// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "pg/blocking_driver.hpp"
#include "pg/execute_operation.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <string>

namespace dsql {

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
    pollfd socket{.fd = PQsocket(handle_.get()), .events = POLLIN, .revents = 0};
    if (poll(&socket, 1, 0) <= 0) {
        return false;
    }
    // Readable while idle: a notice, or the end. Reading tells which.
    return PQconsumeInput(handle_.get()) == 0 || !is_open();
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
        // Without deadline and stop there is one way for it to end.
        static_cast<void>(pg::run(statement, pg::deadline(), {}));
        return statement.take();
    } catch (const server_error&) {
        throw;
    } catch (const conversion_error&) {
        throw;
    } catch (...) {
        close();  // what is half sent or half read cannot be used again
        throw;
    }
}

}  // namespace dsql
