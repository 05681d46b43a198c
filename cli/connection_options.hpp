// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

namespace CLI {
class App;
}

namespace dsql_cli {

/// Adds the options that identify a cluster, a role and the credentials.
/// `settings` must stay alive until `command` is parsed.
void add_login_options(CLI::App& command, dsql::config& settings);

/// Adds the options of `add_login_options` and those for connecting: database, port, address and
/// trust store. `settings` must stay alive until `command` is parsed.
void add_connection_options(CLI::App& command, dsql::config& settings);

}  // namespace dsql_cli
