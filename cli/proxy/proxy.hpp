// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <chrono>
#include <filesystem>
#include <string>

namespace dsql_cli::proxy {

/// How a proxy listens, and where it connects.
struct proxy_options {
    dsql::config cluster{};
    /// Whether every session has the role of `cluster`; otherwise a client names its role.
    bool has_fixed_role = false;
    bool listens_on_socket = true;
    bool listens_on_loopback = false;
    /// Empty: `default_socket_directory`.
    std::filesystem::path socket_directory{};
    /// The port of the loopback interface, and the number in the name of the Unix socket.
    int local_port = 5432;
    /// Where to write the password of the loopback interface; empty: it is printed.
    std::filesystem::path password_file{};
    bool is_compatible = false;
    int max_clients = 1000;
    /// How long a client waits while the cluster refuses connections for now.
    std::chrono::milliseconds patience = std::chrono::seconds(60);
};

/// Runs a proxy until SIGINT or SIGTERM. Prints where it listens to standard output, and its log to
/// standard error. Throws std::exception if it cannot start.
void run_proxy(const proxy_options& options);

}  // namespace dsql_cli::proxy
