// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace dsql_cli {

/// Ends the program with this exit status. A command throws it after it has printed everything, so
/// it is not a std::exception, which `main` would print as an error.
struct exit_status {
    int status = 0;
};

/// Adds `dsql token`, which runs while `app` parses its arguments and throws what
/// `dsql::generate_token` throws.
void add_token_command(CLI::App& app);

/// Adds `dsql credentials`, which runs while `app` parses its arguments and throws what
/// `dsql::fetch_credentials` throws.
void add_credentials_command(CLI::App& app);

/// Adds `dsql profiles`, which runs while `app` parses its arguments and throws what
/// `dsql::load_profiles` throws.
void add_profiles_command(CLI::App& app);

/// Adds `dsql psql`. While `app` parses its own arguments, the process replaces itself by psql,
/// which gets `arguments`: those after "--".
void add_psql_command(CLI::App& app, const std::vector<std::string>& arguments);

/// Adds `dsql doctor`, which runs while `app` parses its arguments. Throws `exit_status` with the
/// status of the first check that failed.
void add_doctor_command(CLI::App& app);

/// Adds `dsql proxy`, which runs while `app` parses its arguments, until SIGINT or SIGTERM. Throws
/// what keeps it from starting.
void add_proxy_command(CLI::App& app);

/// Adds `dsql load`, which runs while `app` parses its arguments and throws what
/// `load::load_files` throws.
void add_load_command(CLI::App& app);

/// Adds `dsql run`, which runs while `app` parses its arguments. Throws `exit_status` after it has
/// printed which statement failed, and what `dsql::pool` throws.
void add_run_command(CLI::App& app);

/// Adds `dsql export`, which runs while `app` parses its arguments. Throws std::runtime_error for
/// an export that failed, and what `dsql::pool` throws.
void add_export_command(CLI::App& app);

/// Adds `dsql grant`, which runs while `app` parses its arguments and throws what the functions of
/// `dsql::pool` throw.
void add_grant_command(CLI::App& app);

/// Adds `dsql revoke`, the opposite of `dsql grant`.
void add_revoke_command(CLI::App& app);

}  // namespace dsql_cli
