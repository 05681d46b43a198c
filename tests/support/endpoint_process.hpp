// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dsql_local_test {

using variables = std::map<std::string, std::string>;

/// The built dsql-local as a child, its standard output and error in a pipe, in a process group of
/// its own. Killed if it still runs when the object goes.
class program {
public:
    explicit program(const std::vector<std::string>& arguments, const variables& environment = {});
    ~program();

    program(const program&) = delete;
    program& operator=(const program&) = delete;

    pid_t id() const { return id_; }

    /// Reads output until a line that begins with `start`; gives all of it so far. Throws
    /// std::runtime_error, holding the output, when it ends before that.
    const std::string& read_until(const std::string& start);

    /// Reads the rest, waits for the end; gives the exit status, or -N after signal N.
    int wait();

    /// All that was read so far.
    const std::string& output() const { return output_; }

private:
    bool read_some();

    pid_t id_ = -1;
    int pipe_ = -1;
    std::string output_;
};

/// `dsql-local serve` on a free port, if the options name none, up and running.
class endpoint_process {
public:
    explicit endpoint_process(std::vector<std::string> options = {});

    /// What it printed to be exported.
    const std::string& operator[](const std::string& name) const { return exports_.at(name); }
    bool exports(const std::string& name) const { return exports_.count(name) != 0; }
    std::uint16_t port() const;
    program& child() { return program_; }

private:
    program program_;
    variables exports_;
};

/// Does the process exist, other than as a zombie?
bool is_running(pid_t id);

/// Waits until it does not; false after a minute, which only a bug makes it last.
bool wait_until_gone(pid_t id);

}  // namespace dsql_local_test
