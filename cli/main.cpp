// SPDX-License-Identifier: Apache-2.0
// The dsql command. Exit status: 0 for success, 1 for an error, 2 for wrong usage. `dsql doctor`
// has more.
#include <dsql/error.hpp>
#include <dsql/version.hpp>

#include "command_line/text_commands.hpp"
#include "command_line/usage_error.hpp"
#include "command_line/wrap.hpp"
#include "commands.hpp"
#include "describe_error.hpp"
#include "harmless_output.hpp"

#include <CLI/CLI.hpp>

#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

// Credentials and tokens are in the memory of this process and must not end up in a core file.
void forbid_core_files() {
#ifdef __linux__
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

// The arguments before and after "--". Those after it are psql's; CLI11 does not get them, because
// it would interpret arguments such as [a,b].
struct command_line_parts {
    int own_count = 0;  ///< the number of arguments before "--"
    bool has_separator = false;
    std::vector<std::string> after_separator{};
};

command_line_parts split(int argc, char** argv) {
    char** const end = argv + argc;
    char** const separator = std::find(argv, end, std::string_view("--"));
    command_line_parts line{.own_count = static_cast<int>(separator - argv),
                            .has_separator = separator != end};
    if (line.has_separator) {
        line.after_separator.assign(separator + 1, end);
    }
    return line;
}

void print_error(std::string_view text) {
    constexpr std::size_t longest = 16'384;
    std::cerr << command_line::wrap(text.substr(0, longest),
                                    command_line::terminal_width(STDERR_FILENO), 2)
              << '\n';
}

int report_usage(const std::string& problem) {
    print_error("dsql: " + problem);
    print_error("Run \"dsql --help\", or \"dsql COMMAND --help\".");
    return exit_usage;
}

bool is_for_psql(int argc, char** argv) {
    return argc > 1 && std::string_view(argv[1]) == "psql";
}

int run(int argc, char** argv) {
    const command_line_parts line = split(argc, argv);
    if (line.has_separator && !is_for_psql(argc, argv)) {
        return report_usage("only psql takes arguments after \"--\"");
    }
    CLI::App app("Aurora DSQL on the command line", "dsql");
    app.set_version_flag("--version", "dsql " + std::string(dsql::version));
    app.require_subcommand(1);
    dsql_cli::add_token_command(app);
    dsql_cli::add_credentials_command(app);
    dsql_cli::add_profiles_command(app);
    dsql_cli::add_psql_command(app, line.after_separator);
    dsql_cli::add_doctor_command(app);
    dsql_cli::add_proxy_command(app);
    dsql_cli::add_run_command(app);
    dsql_cli::add_load_command(app);
    dsql_cli::add_export_command(app);
    dsql_cli::add_grant_command(app);
    dsql_cli::add_revoke_command(app);
    command_line::add_text_commands(app, std::string(dsql::version));
    // Set the footer last, because commands that are added later would inherit it.
    app.footer(
        "Exit status: 0 for success, 1 for an error, 2 for wrong usage. dsql psql: the status of "
        "psql. dsql doctor: see its help.");
    try {
        app.parse(line.own_count, argv);
        return 0;
    } catch (const CLI::Success& help_or_version) {
        std::ostringstream text;
        const int status = app.exit(help_or_version, text, std::cerr);
        std::cout << command_line::wrap_help(text.str(),
                                             command_line::terminal_width(STDOUT_FILENO));
        if (!std::cout.flush()) {
            throw std::runtime_error("cannot write to standard output");
        }
        return status;
    } catch (const dsql_cli::exit_status& request) {
        return request.status;
    } catch (const CLI::ParseError& usage) {
        std::string problem = command_line::describe_usage_error(app, usage);
        if (app.got_subcommand("psql") && !line.has_separator &&
            dynamic_cast<const CLI::ExtrasError*>(&usage) != nullptr) {
            problem +=
                "; arguments for psql go after \"--\": dsql psql --host HOST -- -c 'SELECT 1'";
        }
        return report_usage(problem);
    }
}

}  // namespace

int main(int argc, char** argv) {
    forbid_core_files();
    const dsql_cli::harmless_output output(std::cout);
    const dsql_cli::harmless_output errors(std::cerr);
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        print_error("dsql: " + std::string(dsql_cli::without_source_place(error.what())));
        return exit_failure;
    }
}
