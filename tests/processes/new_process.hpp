// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "processes/scenarios.hpp"
#include "support/exit_now.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

/// The time after which a process that hangs is ended by SIGALRM, in seconds.
constexpr unsigned far_too_long = 20;

/// Waits for the end of a child. Returns its exit status, or 128 and the signal that ended it.
inline int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Runs `work` in a new process, in which nothing of the library has been used before, and in the
/// environment of a scenario. Returns what `work` returned, or how the process has ended.
template <class Work>
int in_new_process(const scenario& what, Work work) {
    const pid_t process = fork();
    if (process == 0) {
        alarm(3 * far_too_long);
        int status = EXIT_FAILURE;
        try {
            if (what.environment) {
                what.environment();
            }
            status = work();
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "%s\n", failure.what());
        }
        exit_now(status);
    }
    return wait_for(process);
}
