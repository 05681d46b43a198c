// SPDX-License-Identifier: Apache-2.0
#include "system/signals.hpp"

#include <cerrno>
#include <ctime>
#include <system_error>

namespace dsql_local {
namespace {

// The mask that restore_signals_in_child() restores. Global, because a forked child may only use
// async-signal-safe functions. Written once, before any child is forked.
sigset_t original_mask{};

// nohup starts a program with SIGHUP ignored. Then SIGHUP must stay ignored.
bool is_ignored(int signal) {
    struct sigaction action {};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

signal_queue::signal_queue() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGCHLD}) {
        sigaddset(&set_, signal);
    }
    if (!is_ignored(SIGHUP)) {
        sigaddset(&set_, SIGHUP);
    }
    std::signal(SIGCHLD, SIG_DFL);  // if SIGCHLD were ignored, waitpid() would fail
    std::signal(SIGPIPE, SIG_IGN);
    if (const int error = pthread_sigmask(SIG_BLOCK, &set_, &original_mask); error != 0) {
        throw std::system_error(error, std::generic_category(), "cannot block signals");
    }
}

std::optional<int> signal_queue::wait_for(std::chrono::milliseconds timeout) const {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    const std::chrono::nanoseconds rest = timeout - seconds;
    const timespec limit{.tv_sec = static_cast<std::time_t>(seconds.count()),
                         .tv_nsec = static_cast<long>(rest.count())};
    const int signal = sigtimedwait(&set_, nullptr, &limit);
    return signal > 0 ? std::optional<int>(signal) : std::nullopt;
}

signal_queue::received signal_queue::wait() const {
    siginfo_t info{};
    int signal = -1;
    while (signal < 0) {
        signal = sigwaitinfo(&set_, &info);
    }
    return {.signal = signal, .is_sent_by_process = info.si_code <= 0};
}

void restore_signals_in_child() noexcept {
    std::signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &original_mask, nullptr);
}

}  // namespace dsql_local
