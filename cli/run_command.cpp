// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "commands.hpp"
#include "connection_options.hpp"
#include "format.hpp"
#include "run/script_failure.hpp"
#include "run/script_plan.hpp"
#include "run/script_runner.hpp"
#include "table_name.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace dsql_cli {

namespace {

struct run_arguments {
    run::run_options options{};
    std::vector<std::string> files{};
    std::vector<std::string> commands{};
    bool keeps_no_state = false;
};

std::string read_script(const std::string& path) {
    std::ifstream file;
    if (std::filesystem::is_directory(path)) {
        throw std::runtime_error("cannot read " + path + ": it is a directory");
    }
    if (path != "-") {
        file.open(path, std::ios::binary);
    }
    const int failure = errno;
    std::istream& from = path == "-" ? std::cin : file;
    if (!from) {
        throw std::runtime_error("cannot read " + path + ": " +
                                 std::system_category().message(failure));
    }
    std::ostringstream content;
    if ((content << from.rdbuf()).bad() || from.bad()) {
        throw std::runtime_error("cannot read " + path);
    }
    return content.str();
}

run::script_plan plan(const std::string& name, const std::string& key, const std::string& text) {
    try {
        return {.name = name, .key = key, .steps = run::plan_steps(text)};
    } catch (const sql::script_error& failed) {
        throw run::describe_failure(name, failed);
    }
}

// A file is recorded by its name without directories, so that it does not matter from where the
// command is run. Standard input and -c have no name.
std::vector<run::script_plan> plan_all(const run_arguments& arguments) {
    std::vector<run::script_plan> scripts;
    std::set<std::string> keys;
    for (const std::string& path : arguments.files) {
        const bool is_input = path == "-";
        std::string key =
            is_input ? std::string() : std::filesystem::path(path).filename().string();
        if (!is_input && !arguments.keeps_no_state && !keys.insert(key).second) {
            throw std::runtime_error("two scripts are called " + key +
                                     ", and each is recorded by its name: rename one, or run it in "
                                     "another call with another --state-table");
        }
        scripts.push_back(plan(is_input ? "standard input" : path, key, read_script(path)));
    }
    for (const std::string& command : arguments.commands) {
        scripts.push_back(plan("-c", "", command));
    }
    return scripts;
}

void run_scripts(run_arguments arguments) {
    run::run_options& options = arguments.options;
    try {
        const std::vector<run::script_plan> scripts = plan_all(arguments);
        set_up_interaction(options.settings);
        options.settings.on_notice = [](const dsql::server_error_fields& notice) {
            std::cerr << notice.severity << ": " << to_single_line(notice.message) << '\n';
        };
        if (arguments.keeps_no_state) {
            options.table.clear();
        }
        options.print = [](const std::string& line) {
            print_line(line, "what was run");
        };
        run::script_runner(options).run(scripts);
    } catch (const run::script_failure& failed) {
        std::cerr << "dsql: " << failed.what() << '\n';
        throw exit_status{1};
    }
}

void add_run_options(CLI::App& command, run_arguments& arguments) {
    CLI::Option* const files = command.add_option(
        "FILE", arguments.files, "SQL scripts, run in this order; \"-\" is standard input");
    command
        .add_option("-c,--command", arguments.commands,
                    "Run these statements instead of a file; nothing is recorded of them")
        ->type_name("SQL")
        ->allow_extra_args(false)  // each -c has one
        ->excludes(files);
    command.add_flag(
        "--dry-run", arguments.options.is_dry_run,
        "Print what would be run, as SQL, and run nothing; with --no-state this needs no "
        "cluster");
    CLI::Option* const table =
        command
            .add_option("--state-table", arguments.options.table,
                        "The table that records what was applied; made if it is missing")
            ->check(CLI::Validator(check_table_name, "NAME"))
            ->capture_default_str();
    command
        .add_flag("--no-state", arguments.keeps_no_state,
                  "Record nothing, and run everything, whatever was applied before")
        ->excludes(table);
}

}  // namespace

void add_run_command(CLI::App& app) {
    const auto arguments = std::make_shared<run_arguments>();
    CLI::App* const command = app.add_subcommand(
        "run", "Run SQL scripts statement by statement, and each only once: dsql run FILE...");
    add_connection_options(*command, arguments->options.settings);
    command->get_option("--host")->required(false);  // a dry run without a table needs none
    add_run_options(*command, *arguments);
    command->callback([arguments] {
        if (arguments->files.empty() && arguments->commands.empty()) {
            throw CLI::RequiredError("FILE, or -c SQL,");
        }
        const bool connects = !arguments->options.is_dry_run || !arguments->keeps_no_state;
        if (connects && arguments->options.settings.host.empty()) {
            throw CLI::RequiredError("--host");
        }
        run_scripts(*arguments);
    });
}

}  // namespace dsql_cli
