// SPDX-License-Identifier: Apache-2.0
#include "system/process_activity.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;

struct process_status {
    char state = '\0';
    pid_t parent = 0;
    std::uint64_t processor_time = 0;
};

// Reads /proc/ID/stat: "ID (NAME) STATE PARENT ...", with the times in user and kernel mode as the
// 14th and 15th field. The name may contain anything.
process_status read_status(const fs::path& process) {
    constexpr int fields_between = 9;
    std::ifstream file(process / "stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    process_status status;
    if (name_end == std::string::npos) {
        return status;
    }
    std::istringstream fields(line.substr(name_end + 1));
    std::uint64_t user = 0;
    std::uint64_t kernel = 0;
    fields >> status.state >> status.parent;
    for (int i = 0; i < fields_between; ++i) {
        std::string ignored;
        fields >> ignored;
    }
    fields >> user >> kernel;
    status.processor_time = user + kernel;
    return status;
}

// Returns 0 for what is not the directory of a process.
pid_t process_id(const std::string& name) {
    pid_t id = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
    return error == std::errc() && end == name.data() + name.size() ? id : 0;
}

}  // namespace

process_activity read_activity(pid_t parent) {
    process_activity activity;
    std::error_code error;
    for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
        const pid_t id = process_id(at->path().filename().string());
        if (id == 0) {
            continue;
        }
        const process_status status = read_status(at->path());
        if (id == parent || status.parent == parent) {
            activity.processor_time += status.processor_time;
            ++activity.processes;
            activity.waits_for_disk = activity.waits_for_disk || status.state == 'D';
        }
    }
    return activity;
}

bool wait_while_active(child_process& child, std::chrono::milliseconds quiet_time) {
    using steady_clock = std::chrono::steady_clock;
    constexpr auto pause = std::chrono::milliseconds(5);
    process_activity last = read_activity(child.id());
    steady_clock::time_point last_active = steady_clock::now();
    steady_clock::time_point next_look = last_active;
    while (!child.poll()) {
        std::this_thread::sleep_for(pause);
        const steady_clock::time_point now = steady_clock::now();
        if (now < next_look) {
            continue;
        }
        next_look = now + quiet_time / 20;
        const process_activity current = read_activity(child.id());
        if (current.differs_from(last)) {
            last_active = now;
        } else if (now - last_active > quiet_time) {
            return false;
        }
        last = current;
    }
    return true;
}

}  // namespace dsql_local
