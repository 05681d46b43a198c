// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/child_process.hpp"
#include "base/file.hpp"
#include "base/platform.hpp"

#include <sys/types.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>

namespace dsql::detail {

/// A running `sh -c COMMAND` with its output in pipes. The destructor kills a shell that is still
/// running, together with its process group if it has one of its own. The shell stays a zombie
/// until `reap`, so that its process id cannot be reused meanwhile. Not thread-safe, except for
/// `wake_up`.
class shell_child {
public:
    /// Throws `std::system_error`.
    shell_child(const std::string& command, child_streams streams);
    shell_child(const shell_child&) = delete;
    shell_child& operator=(const shell_child&) = delete;
    ~shell_child();

    /// The reading ends of the pipes, in non-blocking mode. `errors` is not open when the command
    /// uses the program's standard error.
    [[nodiscard]] const file_descriptor& output() const noexcept { return output_; }
    [[nodiscard]] const file_descriptor& errors() const noexcept { return errors_; }
    /// Becomes readable, and stays so, when the shell has ended or `wake_up` was called.
    [[nodiscard]] int event() const noexcept { return event_.descriptor(); }
    void wake_up() const noexcept { event_.set(); }
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    /// Whether it was killed because it wanted to use the terminal.
    [[nodiscard]] bool wants_terminal() const noexcept { return wants_terminal_; }

    /// Kills the shell unless it has exited, waits for it, and returns its wait status; none when
    /// the program has already reaped it.
    std::optional<int> reap() noexcept;

private:
    file_descriptor output_;
    file_descriptor errors_;
    wake_event event_;
    const bool has_group_;
    pid_t id_ = -1;  // -1 after `reap`
    std::atomic<bool> has_ended_ = false;
    std::atomic<bool> wants_terminal_ = false;
    std::thread waiter_;  // waits for the process, because waitpid() takes no deadline
};

}  // namespace dsql::detail
