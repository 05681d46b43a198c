// SPDX-License-Identifier: Apache-2.0
#include "base/shell_child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace dsql::detail {

namespace {

void check(int error, const char* what) {
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), what);
    }
}

constexpr const char* setup_failure = "cannot set up a process";

// Moves a descriptor above the standard streams: a program may have closed those, and the child's
// streams are put there one after the other.
file_descriptor moved_up(file_descriptor low) {
    file_descriptor high(fcntl(low.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    check(high.is_open() ? 0 : errno, "cannot duplicate a descriptor");
    return high;
}

pipe_ends make_output_pipe() {
    pipe_ends made = make_pipe();
    check(made.reading.is_open() ? 0 : errno, "cannot make a pipe");
    check(fcntl(made.reading.get(), F_SETFL, O_NONBLOCK) == 0 ? 0 : errno, "cannot set up a pipe");
    return {moved_up(std::move(made.reading)), moved_up(std::move(made.writing))};
}

// Runs in the child between fork and exec.
class spawn_actions {
public:
    spawn_actions() { check(posix_spawn_file_actions_init(&actions_), "cannot start a process"); }
    spawn_actions(const spawn_actions&) = delete;
    spawn_actions& operator=(const spawn_actions&) = delete;
    ~spawn_actions() { posix_spawn_file_actions_destroy(&actions_); }

    void set_input_to_nothing() {
        check(posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
              setup_failure);
    }
    // `to` is one of the standard streams.
    void set_stream(int from, int to) {
        check(posix_spawn_file_actions_adddup2(&actions_, from, to), setup_failure);
    }
    void close_others() { check(add_close_from(actions_, STDERR_FILENO + 1), setup_failure); }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const noexcept { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

class spawn_attributes {
public:
    spawn_attributes() { check(posix_spawnattr_init(&attributes_), "cannot start a process"); }
    spawn_attributes(const spawn_attributes&) = delete;
    spawn_attributes& operator=(const spawn_attributes&) = delete;
    ~spawn_attributes() { posix_spawnattr_destroy(&attributes_); }

    // Servers ignore SIGPIPE, and some ignore SIGCHLD; few commands expect that.
    void set_signals(bool own_group) {
        sigset_t none{};
        sigset_t restored{};
        sigemptyset(&none);
        sigemptyset(&restored);
        sigaddset(&restored, SIGPIPE);
        sigaddset(&restored, SIGCHLD);
        check(posix_spawnattr_setsigmask(&attributes_, &none), setup_failure);
        check(posix_spawnattr_setsigdefault(&attributes_, &restored), setup_failure);
        check(posix_spawnattr_setpgroup(&attributes_, 0), setup_failure);
        const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                          (own_group ? POSIX_SPAWN_SETPGROUP : 0);
        check(posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)), setup_failure);
    }
    [[nodiscard]] const posix_spawnattr_t* get() const noexcept { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

// When `errors` is not open, the command uses the program's standard error, and the terminal.
pid_t spawn(const std::string& command, const file_descriptor& output,
            const file_descriptor& errors) {
    const bool uses_terminal = !errors.is_open();
    spawn_actions actions;
    // The command must not read a file that the program reads, such as the statements of psql.
    if (!uses_terminal || isatty(STDIN_FILENO) == 0) {
        actions.set_input_to_nothing();
    }
    actions.set_stream(output.get(), STDOUT_FILENO);
    if (!uses_terminal) {
        actions.set_stream(errors.get(), STDERR_FILENO);
    }
    actions.close_others();
    spawn_attributes attributes;
    attributes.set_signals(!uses_terminal);
    std::string shell = "sh";
    std::string option = "-c";
    std::string text = command;
    const std::array<char*, 4> arguments = {shell.data(), option.data(), text.data(), nullptr};
    pid_t id = -1;
    check(posix_spawn(&id, "/bin/sh", actions.get(), attributes.get(), arguments.data(), environ),
          "cannot start /bin/sh");
    return id;
}

enum class change { ended, stopped_for_the_terminal };

// Waits until a child has exited, without reaping it, or was stopped because it used the terminal
// from a background process group. Ignores other stops.
change next_change(pid_t id) {
    for (;;) {
        siginfo_t info{};
        if (waitid(P_PID, static_cast<id_t>(id), &info, WEXITED | WSTOPPED | WNOWAIT) != 0) {
            if (errno == EINTR) {
                continue;
            }
            return change::ended;
        }
        if (info.si_code != CLD_STOPPED) {
            return change::ended;
        }
        siginfo_t taken{};
        waitid(P_PID, static_cast<id_t>(id), &taken, WSTOPPED | WNOHANG);
        if (info.si_status == SIGTTIN || info.si_status == SIGTTOU) {
            return change::stopped_for_the_terminal;
        }
    }
}

}  // namespace

shell_child::shell_child(const std::string& command, child_streams streams)
    : has_group_(streams == child_streams::of_its_own) {
    check(event_.is_open() ? 0 : errno, "cannot make an event descriptor");
    pipe_ends output = make_output_pipe();
    pipe_ends errors = has_group_ ? make_output_pipe() : pipe_ends();
    id_ = spawn(command, output.writing, errors.writing);
    output_ = std::move(output.reading);
    errors_ = std::move(errors.reading);
    try {
        waiter_ = std::thread([this, id = id_] {
            while (next_change(id) == change::stopped_for_the_terminal) {
                if (has_group_) {
                    wants_terminal_ = true;
                    kill(-id, SIGKILL);
                }  // else the program is in the background, and the person may bring it back
            }
            has_ended_ = true;
            event_.set();
        });
    } catch (...) {
        reap();
        throw;
    }
}

shell_child::~shell_child() {
    reap();
}

std::optional<int> shell_child::reap() noexcept {
    if (id_ < 0) {
        return std::nullopt;
    }
    if (!has_ended_) {
        if (has_group_) {
            kill(-id_, SIGKILL);
        }
        kill(id_, SIGKILL);  // the shell may have joined another group
    }
    if (waiter_.joinable()) {
        waiter_.join();
    }
    int status = 0;
    pid_t found = -1;
    do {
        found = waitpid(id_, &status, 0);
    } while (found < 0 && errno == EINTR);
    id_ = -1;
    return found > 0 ? std::optional(status) : std::nullopt;
}

}  // namespace dsql::detail
