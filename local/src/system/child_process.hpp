// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace dsql_local {

/// The account a child runs as instead of its parent's.
struct account {
    std::string name;
    uid_t user = 0;
    gid_t group = 0;
};

/// How to start a program.
struct child_options {
    std::vector<std::string> arguments;    ///< the program comes first, looked up in PATH
    std::vector<std::string> environment;  ///< NAME=value
    std::optional<account> run_as = {};    ///< needs root
    /// The signal the kernel sends the child when this program dies, however it dies.
    int parent_death_signal = 0;
    /// When set, the child is a service: its own session, no open descriptors, standard output and
    /// error appended to this file, its folder the working directory. Else it is a foreground
    /// command, which shares all of these with this program.
    std::optional<std::filesystem::path> service_log = {};
    /// A file that is a service's standard input; none: it has nothing to read.
    std::optional<std::filesystem::path> service_input = {};
    int kept_descriptor = -1;  ///< the one descriptor that a service does keep open; -1: none
};

/// The program could not be executed; code() says why.
class exec_error : public std::system_error {
public:
    using std::system_error::system_error;
};

/// A running child; killed hard and waited for when the object goes before the child does.
/// Start children from main's thread only: the parent-death signal follows the starting thread.
class child_process {
public:
    /// Throws exec_error when the program cannot be executed, std::system_error when the child
    /// cannot be made.
    explicit child_process(const child_options& options);
    ~child_process();

    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    pid_t id() const noexcept { return id_; }

    /// The status as waitpid() reports it, once the child has ended; std::nullopt before.
    std::optional<int> poll() noexcept;

    /// Sends a signal, unless the child is known to have ended.
    void send(int signal) const noexcept;

private:
    pid_t id_ = -1;
    bool is_service_ = false;
    std::optional<int> status_;
};

}  // namespace dsql_local
