// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace dsql_cli {

/// Adds `dsql credentials`, which runs while `app` parses its arguments and throws what
/// `dsql::fetch_credentials` throws.
void add_credentials_command(CLI::App& app);

}  // namespace dsql_cli
