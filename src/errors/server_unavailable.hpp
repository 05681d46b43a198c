// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>

#include <string>

namespace dsql::detail {

/// Whether the server says that it cannot just now, which passes. What it says so to may have been
/// done all the same. Source: Aurora DSQL User Guide, "Troubleshooting", SQLSTATE XX000.
[[nodiscard]] inline bool is_server_unavailable(const server_error& answer) {
    return answer.sqlstate() == "XX000" &&
           answer.fields().message.find("server unavailable") != std::string::npos;
}

}  // namespace dsql::detail
