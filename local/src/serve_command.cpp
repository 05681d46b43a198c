// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "local_cluster.hpp"

#include <iostream>
#include <stdexcept>

namespace dsql_local {
namespace {

// Prints valid shell code: every line is a command or a comment.
void print_instructions(const environment_changes& changes) {
    std::cout << "# In another terminal (these are test keys; they open nothing else):\n";
    for (const auto& [name, value] : changes.set) {
        std::cout << "export " << name << "=" << shell_quote(value) << "\n";
    }
    for (const std::string& name : changes.unset) {
        std::cout << "unset " << name << "\n";
    }
    std::cout << "# Then, for example (the token in PGPASSWORD is good for 12 hours):\n"
              << "#   psql -c \"SELECT 'Hello, DSQL!'\"\n"
              << "# Ready. Ctrl-C ends it." << std::endl;
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
        local_cluster cluster(chosen, signals);
        cluster.start();
        print_instructions(cluster.client_environment());
        wait_for_end(cluster, signals);
    } catch (const interrupted&) {
        // A signal ended the program before it was ready. That is a normal end.
    }
    return 0;
}

}  // namespace dsql_local
