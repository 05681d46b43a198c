// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "connection_options.hpp"
#include "psql/run_psql.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace dsql_cli {

void add_psql_command(CLI::App& app, const std::vector<std::string>& arguments) {
    const auto settings = std::make_shared<dsql::config>();
    CLI::App* const command = app.add_subcommand(
        "psql",
        "Start psql, logged in with a new token: dsql psql --host HOST [-- PSQL_ARGUMENTS]");
    add_connection_options(*command, *settings);
    command->callback([settings, arguments] {
        set_up_interaction(*settings);
        run_psql(*settings, arguments);
    });
}

}  // namespace dsql_cli
