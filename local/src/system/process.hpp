// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace dsql_local {

/// Changes to make to an environment.
struct environment_changes {
    std::vector<std::pair<std::string, std::string>> set = {};
    std::vector<std::string> unset = {};
};

/// Returns this program's environment with `changes` applied, as NAME=value.
std::vector<std::string> changed_environment(const environment_changes& changes);

/// Returns the environment for PostgreSQL's server programs: this program's, without PG*, which
/// would change the cluster, and without AWS_*, which they do not need.
std::vector<std::string> server_environment();

/// Quotes `text` as one word for a POSIX shell.
std::string shell_quote(const std::string& text);

/// Raises the soft limit on open descriptors to the hard limit. A session needs two descriptors,
/// and the usual soft limit of 1 024 exists only for programs that use select(), which this one
/// does not. Call it once, before any child is forked. Ignores errors.
void raise_descriptor_limit() noexcept;

/// The account that a child runs as, if not its parent's.
struct account {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
};

/// How to start a program.
struct child_options {
    std::vector<std::string> arguments;    ///< the first is the program, searched in PATH
    std::vector<std::string> environment;  ///< NAME=value
    std::optional<account> run_as = {};    ///< needs root
    /// The signal that the kernel sends to the child when this program dies; 0: none.
    int parent_death_signal = 0;
    /// If set, the child becomes a service: it gets its own session, inherits no descriptors,
    /// appends its standard output and error to this file and works in the file's directory.
    /// Otherwise it is a foreground command, which shares all of these with this program.
    std::optional<std::filesystem::path> service_log = {};
    /// The standard input of a service; default: /dev/null.
    std::optional<std::filesystem::path> service_input = {};
    int kept_descriptor = -1;  ///< the only descriptor that a service inherits; -1: none
};

/// The program could not be executed; code() says why.
class exec_error : public std::system_error {
public:
    using std::system_error::system_error;
};

/// A child process. The destructor kills it with SIGKILL, if it is still running, and waits for it.
/// Start children only from main's thread: the kernel sends the parent-death signal when the thread
/// that started the child ends.
class child_process {
public:
    /// Throws exec_error if the program cannot be executed, and std::system_error if the child
    /// cannot be created.
    explicit child_process(const child_options& options);
    ~child_process();

    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    pid_t id() const noexcept { return id_; }

    /// Returns the status as waitpid() reports it; std::nullopt while the child is running.
    std::optional<int> poll() noexcept;

    /// Sends a signal, unless poll() has already seen the end of the child.
    void send(int signal) const noexcept;

private:
    pid_t id_ = -1;
    bool is_service_ = false;
    std::optional<int> status_;
};

}  // namespace dsql_local
