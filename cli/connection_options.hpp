// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

namespace CLI {
class App;
}

namespace dsql_cli {

/// Adds those options that make a login: of which cluster, as whom, with whose credentials.
/// `settings` must outlive the parsing.
void add_login_options(CLI::App& command, dsql::config& settings);

/// Adds the options of a command that connects: those of a login, and where to.
/// `settings` must outlive the parsing.
void add_connection_options(CLI::App& command, dsql::config& settings);

}  // namespace dsql_cli
