// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dsql_local_test {

using variables = std::map<std::string, std::string>;

/// Runs a program, the built dsql-local unless another is named, as a child in a new process group,
/// with standard output and error in a pipe. The destructor kills it if it is still running.
class program {
public:
    explicit program(const std::vector<std::string>& arguments, const variables& environment = {},
                     const std::string& executable = {});
    ~program();

    program(const program&) = delete;
    program& operator=(const program&) = delete;

    pid_t id() const { return id_; }

    /// Reads output up to a line that begins with `start` and returns all output so far. Throws
    /// std::runtime_error, which contains the output, if the output ends before.
    const std::string& read_until(const std::string& start);

    /// Reads output up to a line that contains `text`. @see read_until
    const std::string& read_until_line_with(const std::string& text);

    /// Reads the rest of the output and waits for the end. Returns the exit status, or -N after
    /// signal N.
    int wait();

    /// All output that was read so far.
    const std::string& output() const { return output_; }

private:
    bool read_some();

    pid_t id_ = -1;
    int pipe_ = -1;
    std::string output_;
};

/// A running `dsql-local serve`, on a free port unless the options name one.
class endpoint_process {
public:
    explicit endpoint_process(std::vector<std::string> options = {});

    /// The value of a variable that it printed to be exported.
    const std::string& operator[](const std::string& name) const { return exports_.at(name); }
    bool exports(const std::string& name) const { return exports_.count(name) != 0; }
    std::uint16_t port() const;
    program& child() { return program_; }

private:
    program program_;
    variables exports_;
};

/// Whether a process exists and is not a zombie.
bool is_running(pid_t id);

/// Waits until the process has ended. Returns false after a minute, which means a bug.
bool wait_until_gone(pid_t id);

}  // namespace dsql_local_test
