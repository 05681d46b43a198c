// SPDX-License-Identifier: Apache-2.0
#include "system/process_table.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;

std::vector<pid_t> all_processes() {
    std::vector<pid_t> found;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; !error && entry != end;
         entry.increment(error)) {
        const std::string name = entry->path().filename();
        pid_t id = 0;
        const auto [last, problem] = std::from_chars(name.data(), name.data() + name.size(), id);
        if (problem == std::errc() && last == name.data() + name.size()) {
            found.push_back(id);
        }
    }
    return found;
}

// Empty if the process ends meanwhile: reading then fails, at which an iterator would throw.
std::string read_proc(pid_t id, const char* file) {
    const std::ifstream input("/proc/" + std::to_string(id) + "/" + file, std::ios::binary);
    std::ostringstream text;
    text << input.rdbuf();
    return text.str();
}

// Reads "ID (NAME) STATE PARENT ...". The name may contain anything. A zombie has ended.
std::optional<pid_t> parent_of(pid_t id) {
    const std::string text = read_proc(id, "stat");
    const std::size_t name_end = text.rfind(") ");
    if (name_end == std::string::npos || text.size() < name_end + 5 || text[name_end + 2] == 'Z') {
        return std::nullopt;
    }
    pid_t parent = 0;
    std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
    return parent;
}

bool has_id(const std::vector<pid_t>& ids, pid_t id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// The arguments of a process end in a NUL each.
bool is_server_below(pid_t id, const std::string& prefix) {
    const std::string arguments = read_proc(id, "cmdline");
    const std::string program = fs::path(arguments.c_str()).filename();
    const std::string argument = std::string(1, '\0') + prefix;
    return (program == "postgres" || program == "initdb") &&
           arguments.find(argument) != std::string::npos;
}

// Not the functions of <sys/pidfd.h>: glibc 2.36 forgets to declare them as extern "C".
int open_process(pid_t id) {
    return static_cast<int>(syscall(SYS_pidfd_open, id, 0));
}

void send_signal(int process, int signal) {
    syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0);
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t ancestor) {
    std::vector<std::pair<pid_t, pid_t>> parents;
    for (const pid_t id : all_processes()) {
        if (const std::optional<pid_t> parent = parent_of(id)) {
            parents.emplace_back(id, *parent);
        }
    }
    std::vector<pid_t> family{ancestor};
    for (std::size_t i = 0; i < family.size(); ++i) {
        for (const auto& [id, parent] : parents) {
            if (parent == family[i] && !has_id(family, id)) {
                family.push_back(id);
            }
        }
    }
    family.erase(family.begin());
    return family;
}

std::vector<pid_t> servers_below(const fs::path& directory) {
    const std::string prefix = directory.string() + "/";
    std::vector<pid_t> found = all_processes();
    found.erase(std::remove_if(found.begin(), found.end(),
                               [&prefix](pid_t id) { return !is_server_below(id, prefix); }),
                found.end());
    return found;
}

bool signal_all(const process_search& find, int signal) {
    std::vector<std::pair<pid_t, int>> held;
    for (const pid_t id : find()) {
        if (const int process = open_process(id); process >= 0) {
            held.emplace_back(id, process);
        }
    }
    const std::vector<pid_t> still_there = find();
    for (const auto& [id, process] : held) {
        if (has_id(still_there, id)) {
            send_signal(process, signal);
        }
        close(process);
    }
    return !held.empty();
}

}  // namespace dsql_local
