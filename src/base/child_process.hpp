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
    exited,     ///< by itself, with a status
    signalled,  ///< by a signal, whoever sent it
    unknown,    ///< by itself; its status is lost because the program reaped it or ignores SIGCHLD
    timed_out,  ///< killed at its deadline
    stopped,    ///< killed because a stop was requested
    wants_terminal,   ///< killed because it wanted to use the terminal
    too_much_output,  ///< killed because it wrote more than allowed
};

/// What a command's streams are connected to, apart from its output, which is always a pipe.
enum class child_streams {
    /// Standard input is empty, standard error is a pipe, and the process group is new: the command
    /// cannot use the terminal.
    of_its_own,
    /// The program's standard input if that is a terminal, its standard error and its process
    /// group: the command can ask the user, and Ctrl-C reaches both.
    of_the_terminal,
};

/// The limits of a command.
struct child_limits {
    /// The time after which the command is killed.
    std::chrono::milliseconds time{60'000};
    /// The longest standard output, in bytes.
    std::size_t output = 1'048'576;
    /// How many bytes of standard error are kept; the last ones.
    std::size_t errors = 4'096;
    child_streams streams = child_streams::of_its_own;
};

/// What a command did. Its output may hold secrets and is cleansed by the destructor.
struct child_result {
    child_end end = child_end::unknown;
    int code = 0;  ///< exit status or number of the signal, for the first two ends
    secret_string output{};
    secret_string errors{};
    bool errors_are_cut = false;  ///< `errors` is only the end of what was written

    child_result() = default;
    child_result(const child_result&) = delete;
    child_result& operator=(const child_result&) = delete;
    child_result(child_result&&) noexcept = default;
    child_result& operator=(child_result&&) = delete;
    ~child_result() = default;
};

/// Runs `sh -c COMMAND` and waits until the shell has exited. It does not wait until the output is
/// closed: a process left in the background keeps running. The command inherits the environment, no
/// open file but its three streams, the default action of SIGPIPE, and no blocked signal. A command
/// that must be ended early is killed together with its process group; in the program's own group,
/// only the shell is killed. Throws `std::system_error` when it cannot be started. Thread-safe.
[[nodiscard]] child_result run_shell_command(const std::string& command, const child_limits& limits,
                                             const std::stop_token& stop);

}  // namespace dsql::detail
