// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <functional>

namespace dsql {

/// Called with each notice (WARNING, NOTICE, INFO, ...) that the server sends, on the thread that
/// uses the connection, while it waits for an answer. The argument is valid during the call; what
/// it throws is dropped. That connection is busy with the statement that brought the notice:
///
/// - Whatever would send something on it throws `error`, and leaves the connection as it is.
/// - `close` takes effect when the statement under way ends, mostly by a `connection_error`.
/// - `connection::release` returns null.
/// - The handler may be replaced, and the connection moved, destroyed or given back to its pool.
/// What
///   it was doing goes on to its end first.
using notice_handler = std::function<void(const server_error_fields&)>;

}  // namespace dsql
