// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/sql_text.hpp>

#include "pg/session/exclusive_use.hpp"
#include "pg/sql/copy_direction.hpp"

namespace dsql::pg {

/// Sends a COPY statement and waits until its data may be sent, or is to come; it has the
/// connection to itself from then on. Throws as a statement does, and `error` for a statement that
/// is no COPY that way, which is not sent.
task<exclusive_use> start_copy(detail::session_pin of, const call_limits& limits,
                               const sql_text& sql, copy_direction direction);

}  // namespace dsql::pg
