// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <csignal>
#include <optional>
#include <stdexcept>

namespace dsql_local {

/// Start-up was cut short by a signal that asks the program to end.
class interrupted : public std::runtime_error {
public:
    explicit interrupted(int signal)
        : std::runtime_error("interrupted by a signal"), signal_(signal) {}

    int signal() const noexcept { return signal_; }

private:
    int signal_;
};

/// Turns the signals this program cares about into return values: they are blocked from
/// construction on, in this thread and in all it starts, so that no handler is needed and nothing
/// is ever cut off half-way through cleaning up. Make one, in main's thread, before any thread.
class signal_queue {
public:
    /// Throws std::system_error.
    signal_queue();

    /// Waits for the next SIGINT, SIGTERM, SIGHUP, SIGQUIT or SIGCHLD; std::nullopt after
    /// `timeout`.
    std::optional<int> wait_for(std::chrono::milliseconds timeout) const;

    /// A signal, and whether it was sent to this process by another rather than by the terminal.
    struct received {
        int signal;
        bool is_sent_by_process;
    };

    /// As wait_for(), without end.
    received wait() const;

private:
    sigset_t set_{};
};

/// Gives a forked child back the signal mask and dispositions the program started with.
/// Async-signal-safe.
void restore_signals_in_child() noexcept;

}  // namespace dsql_local
