// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace dsql_local {

/// Returns the names of PostgreSQL's own functions, as they are called without a schema. `socket`
/// is that of the server. Throws std::runtime_error.
std::set<std::string> find_built_in_functions(const std::filesystem::path& socket);

}  // namespace dsql_local
