// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace dsql_cli {

/// Adds `dsql credentials`.
void add_credentials_command(CLI::App& app);

}  // namespace dsql_cli
