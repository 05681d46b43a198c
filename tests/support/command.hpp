// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temporary_file.hpp"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

/// The result of a shell command.
struct command_result {
    int status = -1;  ///< the exit status, or 128 + the signal that ended it
    std::string output{};
    std::string errors{};
};

/// Runs a command line with `sh -c` and an empty standard input.
inline command_result run_command(const std::string& command_line) {
    const temporary_file output("");
    const temporary_file errors("");
    const std::string redirected =
        "( " + command_line + " ) </dev/null >" + output.path() + " 2>" + errors.path();
    // NOLINTNEXTLINE(cert-env33-c): only fixed commands of tests
    const int status = std::system(redirected.c_str());
    const auto read = [](const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    };
    return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            .output = read(output.path()),
            .errors = read(errors.path())};
}
