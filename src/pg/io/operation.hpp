// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

namespace dsql::pg {

/// What an operation waits for before its next step.
enum class wait_for { readable, writable, readable_or_writable, done };

/// A network operation on one connection, as steps over libpq's non-blocking calls. A driver asks
/// for the next step whenever what the last one waited for has come. Not safe for use from two
/// threads at once.
class operation {
public:
    operation() = default;
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    virtual ~operation() = default;

    /// Does what can be done without blocking. Throws when the operation has failed.
    virtual wait_for step() = 0;

    /// The descriptor to wait on. It may be another one after each step.
    [[nodiscard]] virtual int socket() const = 0;
};

/// An exchange went wrong although the connection is up: what came is no answer to what was sent.
/// The connection is closed then, because nobody knows what comes next. An operation does not know
/// the statement; `session` adds it to the text.
class exchange_error : public error {
public:
    using error::error;

    [[nodiscard]] bool connection_lost() const noexcept override { return true; }
    [[nodiscard]] bool statement_may_have_run() const noexcept override { return true; }
};

}  // namespace dsql::pg
