// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <string>

namespace dsql::detail {

/// Whether the server reported itself temporarily unavailable. The statement may still have taken
/// effect. Source: Aurora DSQL User Guide, "Troubleshooting", SQLSTATE XX000.
[[nodiscard]] inline bool is_server_unavailable(const server_error& answer) {
    return answer.sqlstate() == "XX000" &&
           answer.fields().message.find("server unavailable") != std::string::npos;
}

/// Whether a prepared statement must be prepared again: the server has lost it, or a schema change
/// has altered its result columns. The check uses the function's name, because the server may
/// translate the message.
/// Source: PostgreSQL, src/backend/utils/cache/plancache.c, RevalidateCachedQuery.
[[nodiscard]] inline bool is_stale_statement(const server_error& failure) {
    return failure.sqlstate() == "26000" ||
           (failure.sqlstate() == "0A000" &&
            (failure.fields().source_function == "RevalidateCachedQuery" ||
             failure.fields().message.find("cached plan must not change result type") !=
                 std::string::npos));
}

/// Whether an error may be caused by a statement that was prepared before a schema change, so that
/// its parameters or its plan are outdated: a value that cannot be parsed as the parameter's old
/// type (class 22), an object that has another type or no longer exists (class 42), or a table that
/// the plan refers to and that no longer exists.
[[nodiscard]] inline bool may_come_of_old_schema(const server_error& failure) {
    const std::string& state = failure.sqlstate();
    return state.starts_with("22") || state.starts_with("42") ||
           failure.fields().message.find("cache lookup failed") != std::string::npos;
}

/// Throws the class that fits an error report: `occ_conflict`, `limit_exceeded_error` or plain
/// `server_error`. Exported, because dsql::dsql calls it.
[[noreturn]] DSQL_EXPORT void throw_server_error(server_error_fields fields, std::string query,
                                                 source_location where);

}  // namespace dsql::detail
