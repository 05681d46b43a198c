// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <string>
#include <vector>

namespace dsql_cli {

/// Replaces this process by psql, logged in with a new token. The token is only in psql's
/// environment, and no parent process keeps a copy of it. Throws std::exception if that fails.
[[noreturn]] void run_psql(const dsql::config& settings, const std::vector<std::string>& arguments);

}  // namespace dsql_cli
