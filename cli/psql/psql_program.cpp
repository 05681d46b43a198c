// SPDX-License-Identifier: Apache-2.0
#include "psql/psql_program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace dsql_cli {

namespace {

constexpr const char* not_found =
    "psql is not in PATH; install it: \"apt-get install postgresql-client\" (Debian, Ubuntu), "
    "\"dnf install postgresql\" (Fedora, Amazon Linux: postgresql16 or later), \"brew install "
    "libpq\" (macOS)";

bool is_program(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           access(path.c_str(), X_OK) == 0;
}

// Runs a program and reads its standard output. The destructor waits for the program to end.
class program_output {
public:
    program_output(const std::string& program, const char* argument) {
        std::array<int, 2> pipe_ends{};
        if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe");
        }
        reading_ = pipe_ends[0];
        start(program, argument, pipe_ends[1]);
        close(pipe_ends[1]);
    }
    ~program_output() {
        close(reading_);
        if (child_ > 0) {
            waitpid(child_, nullptr, 0);
        }
    }
    program_output(const program_output&) = delete;
    program_output& operator=(const program_output&) = delete;

    [[nodiscard]] std::string text() const {
        std::string all;
        std::array<char, 256> chunk{};
        for (ssize_t size = 1; size > 0;) {
            size = read(reading_, chunk.data(), chunk.size());
            all.append(chunk.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
        }
        return all;
    }

private:
    void start(const std::string& program, const char* argument, int output) {
        posix_spawn_file_actions_t actions{};
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        std::string name = "psql";
        std::string argument_copy(argument);
        const std::array<char*, 3> arguments = {name.data(), argument_copy.data(), nullptr};
        if (posix_spawn(&child_, program.c_str(), &actions, nullptr, arguments.data(), environ) !=
            0) {
            child_ = -1;
        }
        posix_spawn_file_actions_destroy(&actions);
    }

    int reading_ = -1;
    pid_t child_ = -1;
};

}  // namespace

std::string find_psql() {
    const char* const variable = std::getenv("PATH");
    std::string_view path = variable == nullptr ? "" : variable;
    while (!path.empty()) {
        const std::string_view directory = path.substr(0, path.find(':'));
        path.remove_prefix(std::min(path.size(), directory.size() + 1));
        std::string program = std::string(directory.empty() ? "." : directory) + "/psql";
        if (is_program(program)) {
            return program;
        }
    }
    throw std::runtime_error(not_found);
}

// The output looks like "psql (PostgreSQL) 17.5 (Debian 17.5-1)".
int psql_major_version(const std::string& program) {
    const std::string text = program_output(program, "--version").text();
    const std::size_t separator = text.find(") ");
    int major = 0;
    if (separator != std::string::npos) {
        std::from_chars(text.data() + separator + 2, text.data() + text.size(), major);
    }
    return major;
}

}  // namespace dsql_cli
