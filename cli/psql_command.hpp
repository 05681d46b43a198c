// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace dsql_cli {

/// Adds `dsql psql`, which gives psql the `arguments` that stood behind "--" and becomes it while
/// `app` parses its own.
void add_psql_command(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace dsql_cli
