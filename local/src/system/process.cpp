// SPDX-License-Identifier: Apache-2.0
#include "system/process.hpp"

#include "system/signals.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <optional>
#include <string_view>

namespace dsql_local {
namespace {

template <class Predicate>
std::vector<std::string> filter_environment(Predicate keep_name) {
    std::vector<std::string> kept;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (keep_name(text.substr(0, text.find('=')))) {
            kept.emplace_back(text);
        }
    }
    return kept;
}

bool touches(const environment_changes& changes, std::string_view name) {
    return std::find(changes.unset.begin(), changes.unset.end(), name) != changes.unset.end() ||
           std::any_of(changes.set.begin(), changes.set.end(),
                       [name](const auto& entry) { return entry.first == name; });
}

// The limit that restore_descriptor_limit_in_child() restores. Global, because a forked child may
// only use async-signal-safe functions. Written once, before any child is forked.
std::optional<rlimit> original_limit;

// Restores, in a forked child, the limit with which the program started. Async-signal-safe.
void restore_descriptor_limit_in_child() noexcept {
    if (original_limit) {
        setrlimit(RLIMIT_NOFILE, &*original_limit);
    }
}

// The error that a child reports through a pipe if it cannot execute its program.
struct launch_error {
    int error = 0;
    bool in_exec = false;
};

// Everything the child needs, prepared before fork(), because the child must not allocate memory.
class launch_plan {
public:
    explicit launch_plan(const child_options& options)
        : options_(options),
          argv_(pointers_to(options.arguments)),
          envp_(pointers_to(options.environment)),
          parent_(getpid()) {
        if (options.service_log) {
            log_ = options.service_log->string();
            folder_ = options.service_log->parent_path().string();
            input_ = options.service_input.value_or("/dev/null").string();
        }
    }

    // Runs in the child. Returns only if something failed.
    launch_error execute() const {
        restore_signals_in_child();
        restore_descriptor_limit_in_child();
        if (options_.service_log && !become_service()) {
            return {errno, false};
        }
        if (options_.run_as && !change_account(*options_.run_as)) {
            return {errno, false};
        }
        if (!tie_to_parent()) {
            return {errno, false};
        }
        execvpe(argv_[0], argv_.data(), envp_.data());
        return {errno, true};
    }

private:
    static std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
        std::vector<char*> pointers;
        pointers.reserve(texts.size() + 1);
        for (const std::string& text : texts) {
            pointers.push_back(const_cast<char*>(text.c_str()));  // exec() does not write to it
        }
        pointers.push_back(nullptr);
        return pointers;
    }

    bool become_service() const {
        const int input = open(input_.c_str(), O_RDONLY | O_CLOEXEC);
        const int log = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                             S_IRUSR | S_IWUSR);
        return setsid() >= 0 && input >= 0 && log >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
               dup2(log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0 &&
               chdir(folder_.c_str()) == 0 &&
               close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0 &&
               (options_.kept_descriptor < 0 || fcntl(options_.kept_descriptor, F_SETFD, 0) == 0);
    }

    static bool change_account(const account& target) {
        return initgroups(target.name.c_str(), target.group) == 0 && setgid(target.group) == 0 &&
               setuid(target.user) == 0;
    }

    // Must run after change_account(), because setuid() clears the parent-death signal.
    bool tie_to_parent() const {
        if (options_.parent_death_signal == 0) {
            return true;
        }
        if (prctl(PR_SET_PDEATHSIG, options_.parent_death_signal) != 0) {
            return false;
        }
        if (getppid() != parent_) {  // the parent died before prctl()
            _exit(EXIT_FAILURE);
        }
        return true;
    }

    const child_options& options_;
    std::vector<char*> argv_;
    std::vector<char*> envp_;
    pid_t parent_;
    std::string log_;
    std::string folder_;
    std::string input_;
};

[[noreturn]] void run_child(const launch_plan& plan, int error_pipe) {
    const launch_error why = plan.execute();
    // If the write fails too, the parent still sees the exit status.
    [[maybe_unused]] const ssize_t written = write(error_pipe, &why, sizeof why);
    _exit(EXIT_FAILURE);
}

ssize_t read_launch_error(int descriptor, launch_error& why) {
    ssize_t size = 0;
    do {
        size = read(descriptor, &why, sizeof why);
    } while (size < 0 && errno == EINTR);
    return size;
}

void wait_for_end(pid_t id, int* status) noexcept {
    while (waitpid(id, status, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace

std::vector<std::string> changed_environment(const environment_changes& changes) {
    auto environment =
        filter_environment([&changes](std::string_view name) { return !touches(changes, name); });
    for (const auto& [name, value] : changes.set) {
        environment.emplace_back(name).append("=").append(value);
    }
    return environment;
}

std::vector<std::string> server_environment() {
    return filter_environment([](std::string_view name) {
        return name.substr(0, 2) != "PG" && name.substr(0, 4) != "AWS_";
    });
}

std::string shell_quote(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return;
    }
    original_limit = limit;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

child_process::child_process(const child_options& options)
    : is_service_(options.service_log.has_value()) {
    const launch_plan plan(options);
    std::array<int, 2> pipe_ends{};
    if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot make a pipe");
    }
    id_ = fork();
    const int fork_error = errno;
    if (id_ == 0) {
        run_child(plan, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    launch_error why;
    const ssize_t size =
        id_ < 0 ? 0 : read_launch_error(pipe_ends[0], why);  // exec() closes the pipe, so size is 0
    close(pipe_ends[0]);
    if (id_ < 0) {
        throw std::system_error(fork_error, std::generic_category(), "cannot start a process");
    }
    if (size > 0) {
        wait_for_end(id_, nullptr);
        const std::error_code code(why.error, std::generic_category());
        if (why.in_exec) {
            throw exec_error(code, "cannot execute " + options.arguments.front());
        }
        throw std::system_error(code, "cannot prepare to start " + options.arguments.front());
    }
}

child_process::~child_process() {
    if (poll()) {
        return;
    }
    // A service leads its own process group. Kill its children too.
    kill(is_service_ ? -id_ : id_, SIGKILL);
    wait_for_end(id_, nullptr);
}

std::optional<int> child_process::poll() noexcept {
    int status = 0;
    if (!status_ && waitpid(id_, &status, WNOHANG) == id_) {
        status_ = status;
    }
    return status_;
}

void child_process::send(int signal) const noexcept {
    if (!status_) {
        kill(id_, signal);
    }
}

}  // namespace dsql_local
