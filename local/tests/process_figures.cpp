// SPDX-License-Identifier: Apache-2.0
#include "process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace dsql_local_test {
namespace {

namespace fs = std::filesystem;

fs::path proc(pid_t id) {
    return fs::path("/proc") / std::to_string(id);
}

std::string content(const fs::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
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

// The parent of a process, from "ID (NAME) STATE PARENT ..."; -1 if the process has ended.
pid_t parent_of(const fs::path& directory) {
    const std::string stat = content(directory / "stat");
    const std::size_t end = stat.rfind(") ");
    return end == std::string::npos ? -1 : std::stoi(stat.substr(end + 4));
}

}  // namespace

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc", ignored)) {
        const std::string name = entry.path().filename().string();
        const bool is_process = name.find_first_not_of("0123456789") == std::string::npos;
        if (is_process && parent_of(entry.path()) == parent) {
            children.push_back(std::stoi(name));
        }
    }
    return children;
}

std::size_t descriptors_of(pid_t id) {
    std::error_code ignored;
    const fs::directory_iterator all(proc(id) / "fd", ignored);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
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

std::size_t postgres_sessions_of(pid_t dsql_local) {
    std::size_t count = 0;
    for (const pid_t server : children_of(dsql_local)) {
        for (const pid_t process : children_of(server)) {
            const std::string title = content(proc(process) / "cmdline");
            if (title.find(" [local]") != std::string::npos) {
                ++count;
            }
        }
    }
    return count;
}

}  // namespace dsql_local_test
