// SPDX-License-Identifier: Apache-2.0
#include "system/guarded_command.hpp"

#include "system/process_table.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace dsql_local {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto patience_after_sigterm = 5s;
constexpr auto patience_after_sigkill = 5s;

// Tells the guard to end everything: the kernel sends it when dsql-local dies.
constexpr int end_signal = SIGUSR1;

// Why the command could not be started; error 0: it was.
struct start_failure {
    int error = 0;
    bool in_exec = false;
};

sigset_t block_signals() {
    sigset_t set{};
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGCHLD, end_signal}) {
        sigaddset(&set, signal);
    }
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    return set;
}

// Takes the end of the processes that the guard has adopted, but not of the command itself.
void reap_adopted(pid_t command) {
    siginfo_t ended{};
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid > 0 &&
           ended.si_pid != command) {
        waitpid(ended.si_pid, nullptr, 0);
        ended = {};
    }
}

void reap_all() {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
}

// Repeats the signal, because a process may fork while the signals are sent. Returns whether all
// descendants have ended.
bool end_descendants(int signal, clock::duration patience) {
    const auto find = [] {
        return descendants_of(getpid());
    };
    for (const auto deadline = clock::now() + patience; clock::now() < deadline;) {
        reap_all();
        if (!signal_all(find, signal)) {
            return true;
        }
        signal_all(find, SIGCONT);  // a stopped process handles no other signal but SIGKILL
        for (int i = 0; i < 50 && !find().empty(); ++i) {
            std::this_thread::sleep_for(10ms);
            reap_all();
        }
    }
    return false;
}

[[noreturn]] void end_everything() {
    if (!end_descendants(SIGTERM, patience_after_sigterm)) {
        end_descendants(SIGKILL, patience_after_sigkill);
    }
    _exit(EXIT_FAILURE);
}

// Forwards signals to the command, except those of the terminal, which reach it directly.
[[noreturn]] void guard(child_process& command, const sigset_t& signals, pid_t parent) {
    while (true) {
        if (const auto status = command.poll()) {
            _exit(shell_status_of(*status));
        }
        reap_adopted(command.id());
        siginfo_t info{};
        const int signal = sigwaitinfo(&signals, &info);
        const bool is_from_process = info.si_code <= 0;
        if (getppid() != parent || (signal == end_signal && info.si_pid == parent)) {
            end_everything();
        } else if (signal > 0 && signal != SIGCHLD && signal != end_signal && is_from_process) {
            command.send(signal);
        }
    }
}

void report(int pipe, const std::system_error& error, bool in_exec) {
    const start_failure failure{error.code().value(), in_exec};
    [[maybe_unused]] const ssize_t written = write(pipe, &failure, sizeof failure);
}

// The guard must not keep the endpoint's port and locks after the endpoint has died.
void close_others(int kept) {
    const auto number = static_cast<unsigned>(kept);
    if (number > STDERR_FILENO + 1) {
        close_range(STDERR_FILENO + 1, number - 1, 0);
    }
    close_range(number + 1, UINT_MAX, 0);
}

[[noreturn]] void run_guard(const child_options& options, int pipe, pid_t parent) {
    close_others(pipe);
    const sigset_t signals = block_signals();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, end_signal);
    if (getppid() != parent) {  // it died before prctl()
        _exit(EXIT_FAILURE);
    }
    try {
        child_process command(options);
        close(pipe);
        guard(command, signals, parent);
    } catch (const exec_error& error) {
        report(pipe, error, true);
    } catch (const std::system_error& error) {
        report(pipe, error, false);
    }
    _exit(EXIT_FAILURE);
}

start_failure read_failure(int pipe) {
    start_failure failure;
    while (read(pipe, &failure, sizeof failure) < 0 && errno == EINTR) {
    }
    return failure;
}

int wait_for_status(pid_t id) {
    int status = 0;
    while (waitpid(id, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace

int shell_status_of(int wait_status) noexcept {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

guarded_command::guarded_command(const child_options& command) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    const pid_t parent = getpid();
    guard_ = fork();
    const int fork_error = errno;
    if (guard_ == 0) {
        run_guard(command, ends[1], parent);
    }
    close(ends[1]);
    const start_failure failure = guard_ < 0 ? start_failure{fork_error} : read_failure(ends[0]);
    close(ends[0]);
    if (failure.error == 0) {
        return;
    }
    if (guard_ > 0) {
        wait_for_status(guard_);
    }
    const std::error_code code(failure.error, std::generic_category());
    if (failure.in_exec) {
        throw exec_error(code, "cannot execute " + command.arguments.front());
    }
    throw std::system_error(code, "cannot start " + command.arguments.front());
}

guarded_command::~guarded_command() {
    if (!poll()) {
        kill(guard_, end_signal);
        wait_for_status(guard_);
    }
}

std::optional<int> guarded_command::poll() noexcept {
    int status = 0;
    if (!status_ && waitpid(guard_, &status, WNOHANG) == guard_) {
        status_ = shell_status_of(status);
    }
    return status_;
}

void guarded_command::send(int signal) const noexcept {
    if (!status_) {
        kill(guard_, signal);
    }
}

}  // namespace dsql_local
