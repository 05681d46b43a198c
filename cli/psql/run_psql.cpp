// SPDX-License-Identifier: Apache-2.0
#include "psql/run_psql.hpp"

#include <dsql/endpoint.hpp>
#include <dsql/token.hpp>

#include "name_lookup.hpp"
#include "psql/psql_environment.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
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

// Returns the first psql in PATH.
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

// Returns the major version of psql, or 0 if its output has an unknown form. Its libpq has this
// version or a later one. The output looks like "psql (PostgreSQL) 17.5 (Debian 17.5-1)".
int psql_major_version(const std::string& program) {
    const std::string text = program_output(program, "--version").text();
    const std::size_t separator = text.find(") ");
    int major = 0;
    if (separator != std::string::npos) {
        std::from_chars(text.data() + separator + 2, text.data() + text.size(), major);
    }
    return major;
}

constexpr int first_with_system_store = 16;

std::vector<std::string> current_environment() {
    std::vector<std::string> entries;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        entries.emplace_back(*entry);
    }
    return entries;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

// libpq's `hostaddr` takes no name.
std::vector<std::string> addresses_of(const std::string& host_address) {
    if (host_address.empty()) {
        return {};
    }
    constexpr std::chrono::seconds limit(10);
    const std::optional<lookup_result> found = look_up_within(host_address, limit);
    if (!found || found->addresses.empty()) {
        throw std::runtime_error("cannot look up the host address " + host_address + ": " +
                                 (found ? gai_strerror(found->status) : "no answer in 10 seconds"));
    }
    return found->addresses;
}

psql_login login_for(const dsql::config& settings, int psql_major) {
    psql_login login{.endpoint = dsql::resolve_endpoint(settings),
                     .user = settings.user,
                     .database = settings.database,
                     .psql_major = psql_major};
    login.root_certificate =
        dsql::root_certificate(login.endpoint.ssl_root_cert, psql_major >= first_with_system_store);
    login.addresses = addresses_of(login.endpoint.host_address);
    login.token = dsql::token_generator(settings, login.endpoint).generate();
    return login;
}

// The token is in psql's memory, and exec resets the PR_SET_DUMPABLE that main sets.
void forbid_core_files() {
    const rlimit none{};
    setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

void run_psql(const dsql::config& settings, const std::vector<std::string>& arguments) {
    const std::string program = find_psql();
    const psql_login login = login_for(settings, psql_major_version(program));
    std::vector<std::string> environment = psql_environment(current_environment(), login);
    std::vector<std::string> argument_list{"psql"};
    argument_list.insert(argument_list.end(), arguments.begin(), arguments.end());
    forbid_core_files();
    std::cout.flush();
    execve(program.c_str(), pointers_to(argument_list).data(), pointers_to(environment).data());
    throw std::system_error(errno, std::generic_category(), "cannot start " + program);
}

}  // namespace dsql_cli
