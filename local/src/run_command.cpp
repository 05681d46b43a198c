// SPDX-License-Identifier: Apache-2.0
#include "run_command.hpp"

#include "local_cluster.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

namespace dsql_local {
namespace {

int exit_status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// A Ctrl-C reaches the command by itself, as both are in the terminal's foreground group; what is
// sent to this program alone is passed on.
int wait_for(child_process& command, const signal_queue& signals) {
    while (!command.poll()) {
        const auto [signal, is_sent_by_process] = signals.wait();
        const bool is_from_terminal =
            (signal == SIGINT || signal == SIGQUIT) && !is_sent_by_process;
        if (signal != SIGCHLD && !is_from_terminal) {
            command.send(signal);
        }
    }
    return exit_status_of(*command.poll());
}

// What was pending at the fork the command has not received, wherever it came from.
void forward_what_came_before(child_process& command, const signal_queue& signals) {
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

// A folder in PATH that may not be searched makes execvpe() say EACCES of a command that is
// nowhere.
exit_status explain(const exec_error& error, const std::string& name) {
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

int run_beside(local_cluster& running, const options& chosen, const signal_queue& signals) {
    child_process command({.arguments = chosen.command,
                           .environment = changed_environment(running.client_environment()),
                           .parent_death_signal = SIGTERM});
    running.start();
    forward_what_came_before(command, signals);
    return wait_for(command, signals);
}

}  // namespace

int run(const options& chosen) {
    const signal_queue signals;
    try {
        local_cluster running(chosen, signals);
        return run_beside(running, chosen, signals);
    } catch (const interrupted& end) {
        return 128 + end.signal();
    } catch (const exec_error& error) {
        return explain(error, chosen.command.front());
    }
}

}  // namespace dsql_local
