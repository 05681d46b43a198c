// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <string>

namespace dsql::detail {

/// Throws what an error report means: `occ_conflict`, `limit_exceeded_error` or plain
/// `server_error`. Exported, for dsql::dsql.
[[noreturn]] DSQL_EXPORT void throw_server_error(server_error_fields fields, std::string query,
                                                 source_location where);

}  // namespace dsql::detail
