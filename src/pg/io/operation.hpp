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

/// What an operation has to say of an exchange that went wrong. It knows no statement:
/// `session::drive` puts that behind the text.
class exchange_error : public error {
public:
    using error::error;
};

}  // namespace dsql::pg
