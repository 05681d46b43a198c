// SPDX-License-Identifier: Apache-2.0
// The dsql command: exit status 0 for success, 1 for a failure, 2 for wrong usage.
#include <dsql/error.hpp>
#include <dsql/version.hpp>

#include "credentials_command.hpp"
#include "profiles_command.hpp"
#include "token_command.hpp"

#include <CLI/CLI.hpp>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <exception>
#include <iostream>
#include <string>

namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

// Credentials and tokens pass through this process: they must not be found in a core file.
void forbid_core_files() {
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

int run(int argc, char** argv) {
    CLI::App app("Aurora DSQL on the command line", "dsql");
    app.set_version_flag("--version", "dsql " + std::string(dsql::version));
    app.require_subcommand(1);
    dsql_cli::add_token_command(app);
    dsql_cli::add_credentials_command(app);
    dsql_cli::add_profiles_command(app);
    try {
        app.parse(argc, argv);
        return 0;
    } catch (const CLI::Success& help_or_version) {
        return app.exit(help_or_version);
    } catch (const CLI::ParseError& usage) {
        std::cerr << "dsql: " << usage.what()
                  << "\nRun \"dsql --help\", or \"dsql COMMAND --help\".\n";
        return exit_usage;
    }
}

}  // namespace

int main(int argc, char** argv) {
    forbid_core_files();
    try {
        return run(argc, argv);
    } catch (const std::exception& failure) {
        std::cerr << "dsql: " << failure.what() << '\n';
        return exit_failure;
    }
}
