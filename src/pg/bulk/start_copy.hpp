// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/copy.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>

#include "pg/bulk/copy_in_session.hpp"
#include "pg/bulk/copy_out_session.hpp"
#include "pg/io/task.hpp"

#include <memory>

namespace dsql::pg {

// Each of these tasks starts a COPY, which then has exclusive use of the connection. They throw
// what `session::execute` throws, and `error`, with nothing sent, if the statement is not a COPY in
// that direction. Arguments that are passed by reference must outlive the task.

/// Starts a COPY into a table with a statement of the program.
task<std::unique_ptr<copy_in_session>> start_copy_in(detail::session_pin on,
                                                     const call_limits& limits,
                                                     const sql_text& sql);
/// Reads the columns of the target and starts a COPY of rows into it.
task<std::unique_ptr<copy_in_session>> start_copy_in_of_rows(detail::session_pin on,
                                                             const call_limits& limits,
                                                             const copy_target& target,
                                                             source_location where);
/// Starts a COPY out of a table. Also throws what `require_streamable` throws.
task<std::unique_ptr<copy_out_session>> start_copy_out(detail::session_pin on,
                                                       const call_limits& limits,
                                                       const sql_text& sql);
/// Reads the description of the target's columns and starts a COPY of its rows in binary format.
task<std::unique_ptr<copy_out_session>> start_copy_out_of_rows(detail::session_pin on,
                                                               const call_limits& limits,
                                                               const copy_target& target,
                                                               source_location where);

}  // namespace dsql::pg
