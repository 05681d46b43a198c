// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include "pg/io/deadline.hpp"

namespace dsql::pg {

/// The event that an operation needs before its next step.
enum class wait_for { readable, writable, readable_or_writable, done };

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

}  // namespace dsql::pg
