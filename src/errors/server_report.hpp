// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <string>

namespace dsql::detail {

/// Whether the server says that it cannot just now, which passes. What it says so to may have been
/// done all the same. Source: Aurora DSQL User Guide, "Troubleshooting", SQLSTATE XX000.
[[nodiscard]] inline bool is_server_unavailable(const server_error& answer) {
    return answer.sqlstate() == "XX000" &&
           answer.fields().message.find("server unavailable") != std::string::npos;
}

/// Whether a prepared statement has to be prepared anew: the server has lost it, or a change of
/// schema has altered what it returns. The message may be translated, the function's name is not.
/// Source: PostgreSQL, src/backend/utils/cache/plancache.c, RevalidateCachedQuery.
[[nodiscard]] inline bool is_stale_statement(const server_error& failure) {
    return failure.sqlstate() == "26000" ||
           (failure.sqlstate() == "0A000" &&
            (failure.fields().source_function == "RevalidateCachedQuery" ||
             failure.fields().message.find("cached plan must not change result type") !=
                 std::string::npos));
}

/// Whether an error may come of a statement that was prepared before a change of schema, because
/// its parameters or its plan are those of before: a value that cannot be read as the type that a
/// parameter had (class 22), something that has another type or is gone (class 42), or a table
/// that the plan refers to and that is gone.
[[nodiscard]] inline bool may_come_of_old_schema(const server_error& failure) {
    const std::string& state = failure.sqlstate();
    return state.starts_with("22") || state.starts_with("42") ||
           failure.fields().message.find("cache lookup failed") != std::string::npos;
}

/// Throws what an error report means: `occ_conflict`, `limit_exceeded_error` or plain
/// `server_error`. Exported, for dsql::dsql.
[[noreturn]] DSQL_EXPORT void throw_server_error(server_error_fields fields, std::string query,
                                                 source_location where);

}  // namespace dsql::detail
