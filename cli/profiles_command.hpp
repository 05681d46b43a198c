// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

namespace dsql_cli {

/// Adds `dsql profiles`, which runs while `app` parses its arguments and throws what
/// `dsql::load_profiles` throws.
void add_profiles_command(CLI::App& app);

}  // namespace dsql_cli
