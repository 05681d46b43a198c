// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>

namespace dsql_local {

/// A signal ended the program during start-up.
class interrupted : public std::runtime_error {
public:
    explicit interrupted(int signal)
        : std::runtime_error("interrupted by a signal"), signal_(signal) {}

    int signal() const noexcept { return signal_; }

private:
    int signal_;
};

/// Receives signals as return values instead of by handlers, so that no signal can interrupt
/// clean-up. The constructor blocks the signals in this thread and in all threads that it starts.
/// Construct one object, in main's thread, before starting other threads.
class signal_queue {
public:
    /// Throws std::system_error.
    signal_queue();

    /// Waits for SIGINT, SIGTERM, SIGHUP, SIGQUIT or SIGCHLD. Returns std::nullopt after `timeout`.
    std::optional<int> wait_for(std::chrono::milliseconds timeout) const;

    /// A signal, and whether a process sent it rather than the terminal or the kernel.
    struct received {
        int signal;
        bool is_sent_by_process;
    };

    /// Waits without a time limit for one of the signals of wait_for().
    received wait() const;

private:
    sigset_t set_{};
};

/// Restores, in a forked child, the signal mask and dispositions with which the program started.
/// Async-signal-safe.
void restore_signals_in_child() noexcept;

}  // namespace dsql_local
