// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/sql_text.hpp>

#include "pg/sql/copy_direction.hpp"

namespace dsql::pg {

class session;

/// Sends a COPY statement and waits until its data may be sent, or is to come; the session is
/// occupied from then on. Throws as a statement does, and `error` for a statement that is no COPY
/// that way, which is not sent.
void start_copy(session& of, const call_limits& limits, const sql_text& sql,
                copy_direction direction);

}  // namespace dsql::pg
