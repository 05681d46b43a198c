// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system/process.hpp"

#include <sys/types.h>

#include <optional>

namespace dsql_local {

/// The exit status that a shell would report for a status of waitpid(): 128 + N after signal N.
int shell_status_of(int wait_status) noexcept;

/// A foreground command that ends when this program dies, however it dies, with all processes that
/// descend from it. A guard process between the two sees to that: it adopts what the command leaves
/// behind, and when this program dies it sends SIGTERM, and after a while SIGKILL, to all of them.
/// After a normal end of the command, its descendants go on. Construct it from main's thread, after
/// signal_queue and before other threads start.
class guarded_command {
public:
    /// Throws exec_error if the command cannot be executed, and std::system_error if no process can
    /// be created.
    explicit guarded_command(const child_options& command);

    /// Ends the command and its descendants, if it is still running, and waits for that.
    ~guarded_command();

    guarded_command(const guarded_command&) = delete;
    guarded_command& operator=(const guarded_command&) = delete;

    /// Returns the command's status as a shell reports it; std::nullopt while the command is
    /// running.
    std::optional<int> poll() noexcept;

    /// Sends a signal to the command, unless poll() has already seen its end.
    void send(int signal) const noexcept;

private:
    pid_t guard_ = -1;
    std::optional<int> status_;
};

}  // namespace dsql_local
