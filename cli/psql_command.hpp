// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace dsql_cli {

/// Adds `dsql psql`. While `app` parses its own arguments, the process replaces itself by psql,
/// which gets `arguments`: those after "--".
void add_psql_command(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace dsql_cli
