// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "connection_options.hpp"
#include "proxy/proxy.hpp"
#include "terminal.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

namespace dsql_cli {

namespace {

struct raw_proxy_options {
    proxy::proxy_options parsed{};
    std::string socket_directory{};
    std::string password_file{};
    int patience = 60;
};

void add_local_options(CLI::App& command, raw_proxy_options& raw) {
    command
        .add_option("--socket-dir", raw.socket_directory,
                    "Directory of the Unix socket, which only you can enter; made if it is missing "
                    "[dsql-proxy in XDG_RUNTIME_DIR, else /tmp/dsql-proxy-UID]")
        ->type_name("DIR");
    command.add_flag("--tcp", raw.parsed.listens_on_loopback,
                     "Listen on 127.0.0.1, with a password that is made at the start; without a "
                     "Unix socket unless --socket-dir is given");
    command
        .add_option("--local-port", raw.parsed.local_port,
                    "Port on 127.0.0.1, and the number in the name of the Unix socket; with --tcp, "
                    "0 stands for a free one")
        ->check(CLI::Range(0, 65535))
        ->capture_default_str();
    command
        .add_option("--password-file", raw.password_file,
                    "Write the password for --tcp to this file, in the form of a pgpass file, "
                    "instead of printing it")
        ->type_name("FILE")
        ->needs("--tcp");
    command
        .add_option("--max-clients", raw.parsed.max_clients, "How many clients are taken at a time")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    command
        .add_option("--patience", raw.patience,
                    "Seconds that a client waits while the cluster wakes up or refuses connections "
                    "for their rate or number")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
}

proxy::proxy_options proxy_options_from(const raw_proxy_options& raw, const CLI::App& command) {
    proxy::proxy_options options = raw.parsed;
    options.has_fixed_role = command.count("--user") > 0;
    options.socket_directory = raw.socket_directory;
    options.listens_on_socket = !options.listens_on_loopback || !raw.socket_directory.empty();
    options.password_file = raw.password_file;
    options.patience = std::chrono::seconds(raw.patience);
    if (options.local_port == 0 && options.listens_on_socket) {
        throw CLI::ValidationError("--local-port", "a Unix socket needs a number above 0");
    }
    if (options.listens_on_loopback && options.password_file.empty() &&
        isatty(STDOUT_FILENO) == 0) {
        throw std::runtime_error(
            "standard output is no terminal, and what reads it may keep the password: add "
            "--password-file FILE");
    }
    set_up_interaction(options.cluster);
    return options;
}

}  // namespace

void add_proxy_command(CLI::App& app) {
    const auto raw = std::make_shared<raw_proxy_options>();
    CLI::App* const command = app.add_subcommand(
        "proxy",
        "Give other PostgreSQL clients a local port to the cluster: dsql proxy --host HOST");
    add_connection_options(*command, raw->parsed.cluster);
    command->get_option("--user")
        ->description(
            "Database role of all sessions; without it, each client's user name is its role")
        ->default_str("");
    add_local_options(*command, *raw);
    command->callback([raw, command] { proxy::run_proxy(proxy_options_from(*raw, *command)); });
}

}  // namespace dsql_cli
