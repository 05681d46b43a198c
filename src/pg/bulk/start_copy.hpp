// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/sql_text.hpp>

#include "pg/session/exclusive_use.hpp"
#include "pg/sql/copy_direction.hpp"

namespace dsql::pg {

/// Sends a COPY statement and waits until its data can be sent or received. The COPY then has
/// exclusive use of the connection. Throws what `session::execute` throws. Throws `error`, and
/// sends nothing, if the statement is not a COPY in this direction. `limits` and `sql` must outlive
/// the task.
task<exclusive_use> start_copy(detail::session_pin of, const call_limits& limits,
                               const sql_text& sql, copy_direction direction);

}  // namespace dsql::pg
