// SPDX-License-Identifier: Apache-2.0
#include "client_examples.hpp"
#include "commands.hpp"
#include "local_cluster.hpp"
#include "system/environment_file.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>

namespace dsql_local {
namespace {

// Returns commands for a shell.
std::string shell_commands(const environment_changes& changes) {
    std::string text;
    for (const auto& [name, value] : changes.set) {
        text.append("export ").append(name).append("=").append(shell_quote(value)).append("\n");
    }
    for (const std::string& name : changes.unset) {
        text.append("unset ").append(name).append("\n");
    }
    return text;
}

std::string find_value(const environment_changes& changes, const std::string& name) {
    const auto found = std::find_if(changes.set.begin(), changes.set.end(),
                                    [&name](const auto& entry) { return entry.first == name; });
    return found == changes.set.end() ? "" : found->second;
}

// With a file, the keys are not printed, so that they do not get into a log of the output.
void print_environment(const environment_changes& changes, const options& chosen) {
    std::cout << "# The environment for a client. The keys are test keys, and open nothing else.\n"
              << "# The token in PGPASSWORD is good for 12 hours.\n";
    if (chosen.env_file) {
        const std::string file = std::filesystem::absolute(*chosen.env_file);
        std::cout << ". " << shell_quote(file) << "\n";
    } else {
        std::cout << shell_commands(changes);
    }
}

void print_examples(const environment_changes& changes) {
    for (const client_example& example : client_examples) {
        std::cout << "\n# --- " << example.title << "\n" << example.commands;
    }
    std::cout
        << "\n# --- For a client that takes no address beside the host, a line in /etc/hosts:\n# "
        << find_value(changes, "DSQL_HOST_ADDRESS") << " "
        << find_value(changes, "CLUSTER_ENDPOINT") << "\n\n";
}

// Every line is for a shell. The environment is to be pasted first, then any of the examples.
void print_instructions(const environment_changes& changes, const options& chosen) {
    print_environment(changes, chosen);
    print_examples(changes);
    std::cout << "# Ready. Ctrl-C ends it." << std::endl;
}

void wait_for_end(local_cluster& cluster, const signal_queue& signals) {
    while (signals.wait().signal == SIGCHLD) {
        if (cluster.postgres().has_ended()) {
            throw std::runtime_error("postgres ended unexpectedly:\n" +
                                     cluster.postgres().log_tail());
        }
    }
}

}  // namespace

int serve(const options& chosen) {
    const signal_queue signals;
    try {
        std::optional<environment_file> env_file;
        if (chosen.env_file) {
            env_file.emplace(*chosen.env_file);  // before PostgreSQL starts, which takes a while
        }
        local_cluster cluster(chosen, signals);
        const environment_changes changes = cluster.client_environment();
        cluster.start();
        if (env_file) {
            env_file->write(shell_commands(changes));
        }
        print_instructions(changes, chosen);
        wait_for_end(cluster, signals);
    } catch (const interrupted&) {
        // A signal ended the program before it was ready. That is a normal end.
    }
    return 0;
}

}  // namespace dsql_local
