// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/wait_for.hpp>

#include "pg/io/deadline.hpp"

#include <string>

namespace dsql::pg {

using dsql::wait_for;

/// How a wait ended.
enum class wait_result { ready, timed_out, stopped };

/// A network operation on one connection, as a series of steps over libpq's non-blocking calls. A
/// driver calls `step` again when the event that the last step returned has occurred. Not
/// thread-safe.
class operation {
public:
    operation() = default;
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    virtual ~operation() = default;

    /// Does everything that is possible without blocking. Throws when the operation has failed.
    virtual wait_for step() = 0;

    /// The descriptor to wait for. It may change with each step.
    [[nodiscard]] virtual int socket() const = 0;

    /// The time of the next step if the awaited event has not occurred by then. Without a deadline,
    /// only the event leads to the next step. It may change with each step.
    [[nodiscard]] virtual deadline step_by() const { return {}; }
};

/// Thrown when the results do not match what was sent, although the connection is up. The
/// connection is then closed, because it is unknown what follows. `session::rethrow_failure`
/// appends the statement to the message, because an operation does not know it.
class exchange_error : public error {
public:
    using error::error;

    [[nodiscard]] bool connection_lost() const noexcept override { return true; }
    [[nodiscard]] bool statement_may_have_run() const noexcept override { return true; }
};

/// Thrown when libpq cannot go on with an exchange, for example because memory ran out. Its text is
/// the reason. `session::rethrow_failure` makes an error of a lost connection of it.
class lost_exchange : public connection_error {
public:
    explicit lost_exchange(const std::string& why) : connection_error(why, true) {}
};

}  // namespace dsql::pg
