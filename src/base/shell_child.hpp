// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/child_process.hpp"
#include "base/file.hpp"

#include <sys/types.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>

namespace dsql::detail {

/// A running `sh -c COMMAND`, its output in pipes. One that has not ended when the object goes is
/// killed, with its group if that is its own. Its wait status is left to be had until
/// `reap`, so that its id cannot become another process's. Not for use by several threads at once,
/// except for `wake_up`.
class shell_child {
public:
    /// Throws `std::system_error`.
    shell_child(const std::string& command, child_streams streams);
    shell_child(const shell_child&) = delete;
    shell_child& operator=(const shell_child&) = delete;
    ~shell_child();

    /// The reading ends, which never block. That for errors is not open where there is none.
    [[nodiscard]] const file_descriptor& output() const noexcept { return output_; }
    [[nodiscard]] const file_descriptor& errors() const noexcept { return errors_; }
    /// Becomes readable, and stays so, when the shell has ended or `wake_up` was called.
    [[nodiscard]] const file_descriptor& event() const noexcept { return event_; }
    void wake_up() const noexcept;
    [[nodiscard]] bool has_ended() const noexcept { return has_ended_; }
    /// Whether it was killed because it wanted to use the terminal.
    [[nodiscard]] bool wants_terminal() const noexcept { return wants_terminal_; }

    /// Kills it unless the shell has ended, waits for that, and returns its wait status;
    /// none when somebody else took it.
    std::optional<int> reap() noexcept;

private:
    file_descriptor output_;
    file_descriptor errors_;
    file_descriptor event_;
    const bool has_group_;
    pid_t id_ = -1;  // -1: reaped
    std::atomic<bool> has_ended_ = false;
    std::atomic<bool> wants_terminal_ = false;
    std::thread waiter_;  // a wait for a process has no deadline of its own
};

}  // namespace dsql::detail
