// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <string>
#include <vector>

namespace dsql_cli {

/// Becomes psql, logged in by a new token: this process goes on as it, so that nobody else holds
/// the token, which is in its environment alone. Throws std::exception when it cannot.
[[noreturn]] void run_psql(const dsql::config& settings, const std::vector<std::string>& arguments);

}  // namespace dsql_cli
