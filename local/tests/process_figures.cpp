// SPDX-License-Identifier: Apache-2.0
#include "process_figures.hpp"

#include "system/process_table.hpp"

#include <sched.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace dsql_local_test {
namespace {

namespace fs = std::filesystem;

fs::path proc(pid_t id) {
    return fs::path("/proc") / std::to_string(id);
}

// Empty if the process ends meanwhile: reading then fails, at which an iterator would throw.
std::string content(const fs::path& file) {
    const std::ifstream stream(file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

// The value of a line `name:  N kB` in /proc/ID/status, in bytes.
std::size_t status_value(pid_t id, const std::string& name) {
    std::ifstream status(proc(id) / "status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name + ":")) {
            return std::stoul(line.substr(name.size() + 1)) * 1024;
        }
    }
    return 0;
}

}  // namespace

std::size_t descriptors_of(pid_t id) {
    std::error_code ignored;
    const fs::directory_iterator all(proc(id) / "fd", ignored);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t threads_with_policy(pid_t id, int policy) {
    std::error_code ignored;
    const fs::directory_iterator all(proc(id) / "task", ignored);
    return static_cast<std::size_t>(std::count_if(begin(all), end(all), [&](const auto& thread) {
        const int found = sched_getscheduler(std::stoi(thread.path().filename().string()));
        return (found & ~SCHED_RESET_ON_FORK) == policy;
    }));
}

std::size_t memory_of(pid_t id) {
    return status_value(id, "VmRSS");
}

std::size_t peak_memory_of(pid_t id) {
    return status_value(id, "VmHWM");
}

// Source: proc(5), /proc/PID/clear_refs.
void forget_peak_memory(pid_t id) {
    std::ofstream(proc(id) / "clear_refs") << "5";
}

std::size_t postgres_sessions_of(pid_t endpoint) {
    const std::vector<pid_t> processes = dsql_local::descendants_of(endpoint);
    const auto is_session = [](pid_t process) {
        return content(proc(process) / "cmdline").find(" [local]") != std::string::npos;
    };
    return static_cast<std::size_t>(std::count_if(processes.begin(), processes.end(), is_session));
}

}  // namespace dsql_local_test
