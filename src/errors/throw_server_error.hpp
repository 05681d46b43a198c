// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <string>

namespace dsql::detail {

/// Throws what an error report means: `occ_conflict`, `limit_exceeded_error` or plain
/// `server_error`.
[[noreturn]] void throw_server_error(server_error_fields fields, std::string query,
                                     source_location where);

}  // namespace dsql::detail
