// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>

namespace dsql::detail {

/// How a command ended.
enum class child_end {
    exited,           ///< by itself, with a status
    signalled,        ///< by a signal, whoever sent it
    unknown,          ///< by itself; the program around took its status away, or ignores SIGCHLD
    timed_out,        ///< killed at its deadline
    stopped,          ///< killed because a stop was requested
    wants_terminal,   ///< killed because it wanted to use the terminal
    too_much_output,  ///< killed because it wrote more than it may
};

/// What a command is connected to, besides the pipe for its output.
enum class child_streams {
    /// Nothing on its standard input, a pipe for its standard error, and a process group of its
    /// own:
    /// it cannot use the terminal.
    of_its_own,
    /// The program's standard input if that is a terminal, its standard error and its process
    /// group:
    /// it can ask the person at the terminal, and Ctrl-C reaches both.
    of_the_terminal,
};

/// What a command may use.
struct child_limits {
    /// After this it is killed.
    std::chrono::milliseconds time{60'000};
    /// Bytes of its standard output.
    std::size_t output = 1'048'576;
    /// Bytes of its standard error that are kept, the last ones.
    std::size_t errors = 4'096;
    child_streams streams = child_streams::of_its_own;
};

/// What a command did. What it wrote, which may hold secrets, is wiped with it.
struct child_result {
    child_end end = child_end::unknown;
    int code = 0;  ///< exit status or number of the signal, for the first two ends
    secret_string output{};
    secret_string errors{};
    bool errors_are_cut = false;  ///< there was more before `errors`

    child_result() = default;
    child_result(const child_result&) = delete;
    child_result& operator=(const child_result&) = delete;
    child_result(child_result&&) noexcept = default;
    child_result& operator=(child_result&&) = delete;
    ~child_result() = default;
};

/// Runs `sh -c COMMAND` and waits until the shell has ended, not until everybody has closed its
/// output: what it left running in the background goes on. The command gets the environment, no
/// open file but its three streams, the default action of SIGPIPE, and no blocked signal. When it
/// has to be ended early, its process group is killed with it; in the program's own group, the
/// shell alone. Throws `std::system_error` when it cannot be started. Any number of threads may run
/// commands at once.
[[nodiscard]] child_result run_shell_command(const std::string& command, const child_limits& limits,
                                             const std::stop_token& stop);

}  // namespace dsql::detail
