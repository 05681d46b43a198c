// SPDX-License-Identifier: Apache-2.0
#include "serve_command.hpp"

#include "local_cluster.hpp"

#include <iostream>
#include <stdexcept>

namespace dsql_local {
namespace {

// A shell can read all of it: what is not a command is a comment.
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

void wait_for_end(local_cluster& running, const signal_queue& signals) {
    while (signals.wait().signal == SIGCHLD) {
        if (running.postgres().has_ended()) {
            throw std::runtime_error("postgres ended unexpectedly:\n" +
                                     running.postgres().log_tail());
        }
    }
}

}  // namespace

int serve(const options& chosen) {
    const signal_queue signals;
    try {
        local_cluster running(chosen, signals);
        running.start();
        print_instructions(running.client_environment());
        wait_for_end(running, signals);
    } catch (const interrupted&) {
        // Asked to end before it was up: that is an orderly end as well.
    }
    return 0;
}

}  // namespace dsql_local
