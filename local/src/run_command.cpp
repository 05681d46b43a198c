// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "local_cluster.hpp"
#include "system/guarded_command.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

namespace dsql_local {
namespace {

// Waits for the command and forwards signals to it, except those of the terminal: Ctrl-C reaches
// the command directly, because both are in the terminal's foreground process group.
int wait_for(guarded_command& command, const signal_queue& signals) {
    while (!command.poll()) {
        const auto [signal, is_sent_by_process] = signals.wait();
        const bool is_from_terminal =
            (signal == SIGINT || signal == SIGQUIT) && !is_sent_by_process;
        if (signal != SIGCHLD && !is_from_terminal) {
            command.send(signal);
        }
    }
    return *command.poll();
}

// Forwards the signals that were pending at the fork. The child did not inherit them.
void forward_pending_signals(guarded_command& command, const signal_queue& signals) {
    while (const auto signal = signals.wait_for(std::chrono::milliseconds(0))) {
        if (*signal != SIGCHLD) {
            command.send(*signal);
        }
    }
}

bool is_on_path(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path == nullptr ? "/bin:/usr/bin" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (access(folder.append("/").append(name).c_str(), F_OK) == 0) {
            return true;
        }
    }
    return false;
}

// Distinguishes "not found" from "cannot be executed". The error code does not: execvpe() reports
// EACCES for a command that does not exist if a directory in PATH cannot be searched.
exit_status report_exec_error(const exec_error& error, const std::string& name) {
    const bool found = name.find('/') == std::string::npos
                           ? is_on_path(name)
                           : error.code() != std::errc::no_such_file_or_directory;
    if (found) {
        std::cerr << "dsql-local: " << error.what() << "\n";
        return 126;
    }
    std::cerr << "dsql-local: command not found: " << name << "\n";
    return 127;
}

int run_with_cluster(local_cluster& cluster, const options& chosen, const signal_queue& signals) {
    guarded_command command({.arguments = chosen.command,
                             .environment = changed_environment(cluster.client_environment()),
                             .parent_death_signal = SIGTERM});
    cluster.start();
    forward_pending_signals(command, signals);
    return wait_for(command, signals);
}

}  // namespace

int run(const options& chosen) {
    const signal_queue signals;
    try {
        local_cluster cluster(chosen, signals);
        return run_with_cluster(cluster, chosen, signals);
    } catch (const interrupted& end) {
        return 128 + end.signal();
    } catch (const exec_error& error) {
        return report_exec_error(error, chosen.command.front());
    }
}

}  // namespace dsql_local
