// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

namespace dsql_cli {

/// Adds `dsql token`, which runs while `app` parses its arguments and throws what
/// `dsql::generate_token` throws.
void add_token_command(CLI::App& app);

}  // namespace dsql_cli
