// SPDX-License-Identifier: Apache-2.0
#include "support/endpoint_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace dsql_local_test {
namespace {

[[noreturn]] void execute(const std::string& executable, const std::vector<std::string>& arguments,
                          const variables& environment, int output) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    for (const auto& [name, value] : environment) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    std::vector<std::string> words{executable.empty() ? DSQL_LOCAL_PROGRAM : executable};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(EXIT_FAILURE);
}

std::vector<std::string> serve_arguments(std::vector<std::string> options) {
    if (std::find(options.begin(), options.end(), "--port") == options.end()) {
        options.insert(options.end(), {"--port", "0"});
    }
    options.insert(options.begin(), "serve");
    return options;
}

}  // namespace

program::program(const std::vector<std::string>& arguments, const variables& environment,
                 const std::string& executable) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("no pipe");
    }
    id_ = fork();
    if (id_ == 0) {
        execute(executable, arguments, environment, ends[1]);
    }
    setpgid(id_, id_);  // parent and child both do this, because either may run first
    ::close(ends[1]);
    pipe_ = ends[0];
}

program::~program() {
    if (id_ > 0) {
        kill(-id_, SIGTERM);
        wait();
    }
    ::close(pipe_);
}

bool program::read_some() {
    std::array<char, 4096> chunk{};
    const ssize_t size = read(pipe_, chunk.data(), chunk.size());
    if (size > 0) {
        output_.append(chunk.data(), static_cast<std::size_t>(size));
    }
    return size > 0;
}

const std::string& program::read_until(const std::string& start) {
    while (true) {
        const std::size_t at = ("\n" + output_).find("\n" + start);
        if (at != std::string::npos && output_.find('\n', at) != std::string::npos) {
            return output_;
        }
        if (!read_some()) {
            throw std::runtime_error("dsql-local ended with the output:\n" + output_);
        }
    }
}

const std::string& program::read_until_line_with(const std::string& text) {
    while (true) {
        const std::size_t at = output_.find(text);
        if (at != std::string::npos && output_.find('\n', at) != std::string::npos) {
            return output_;
        }
        if (!read_some()) {
            throw std::runtime_error("no line with \"" + text + "\" in the output:\n" + output_);
        }
    }
}

int program::wait() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(id_, &status, 0);
    id_ = -1;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

endpoint_process::endpoint_process(std::vector<std::string> options)
    : program_(serve_arguments(std::move(options))) {
    std::istringstream lines(program_.read_until("# Ready."));
    for (std::string line; std::getline(lines, line);) {
        const std::size_t equals = line.find('=');
        if (line.compare(0, 7, "export ") == 0 && equals != std::string::npos) {
            // The line has the form NAME='value'.
            exports_[line.substr(7, equals - 7)] =
                line.substr(equals + 2, line.size() - equals - 3);
        }
    }
}

std::uint16_t endpoint_process::port() const {
    return static_cast<std::uint16_t>(std::stoi(exports_.at("DSQL_PORT")));
}

bool is_running(pid_t id) {
    std::ifstream file("/proc/" + std::to_string(id) + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(") ");
    return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

bool wait_until_gone(pid_t id) {
    for (int i = 0; i < 6'000 && is_running(id); ++i) {
        usleep(10'000);
    }
    return !is_running(id);
}

}  // namespace dsql_local_test
