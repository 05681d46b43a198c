// SPDX-License-Identifier: Apache-2.0
#include "system/scratch_directory.hpp"

#include "system/process_table.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// It tells a directory of an endpoint from others whose names look alike.
constexpr const char* owner_lock_name = "owner.lock";

// PostgreSQL's own time limit for SIGQUIT is 5 s.
constexpr auto end_timeout = 6s;
constexpr auto poll_interval = 10ms;

bool has_our_name(const fs::path& directory) {
    constexpr std::string_view prefix = "dsql-local-";
    constexpr std::size_t random_size = 6;  // as mkdtemp() makes it
    const std::string name = directory.filename();
    return name.size() == prefix.size() + random_size && name.starts_with(prefix) &&
           std::all_of(name.begin() + prefix.size(), name.end(),
                       [](unsigned char c) { return std::isalnum(c) != 0; });
}

// The owner file must be this user's, not a link, and must exist already.
bool is_scratch(const fs::path& directory) {
    struct stat owner {};
    return has_our_name(directory) && fs::is_directory(fs::symlink_status(directory)) &&
           lstat((directory / owner_lock_name).c_str(), &owner) == 0 && S_ISREG(owner.st_mode) &&
           owner.st_uid == geteuid();
}

// The owner file must be the last to go: without it, the rest would never be found.
void remove_content(const fs::path& directory) {
    for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
        if (entry.path().filename() != owner_lock_name) {
            fs::remove_all(entry.path());
        }
    }
    fs::remove(directory / owner_lock_name);
    fs::remove(directory);
}

// Ends the servers of a directory whose owner is dead. Returns false if one is still running.
bool end_servers(const fs::path& directory) {
    const auto find = [&directory] {
        return servers_below(directory);
    };
    const auto deadline = std::chrono::steady_clock::now() + end_timeout;
    const fs::path lock_file = server_lock_file(directory);
    if (!fs::exists(lock_file)) {
        return true;
    }
    const file_lock lock(lock_file);
    // A stopped process handles SIGQUIT only after SIGCONT.
    signal_all(find, SIGQUIT);
    signal_all(find, SIGCONT);
    while (!lock.try_lock()) {
        if (std::chrono::steady_clock::now() > deadline) {
            signal_all(find, SIGKILL);
            std::this_thread::sleep_for(1s);
            return lock.try_lock();
        }
        std::this_thread::sleep_for(poll_interval);
    }
    return true;
}

void remove_if_left_over(const fs::path& directory) {
    if (!is_scratch(directory)) {
        return;
    }
    const file_lock owner(directory / owner_lock_name);
    if (owner.try_lock() && !owner.is_removed() && end_servers(directory)) {
        remove_content(directory);
    }
}

}  // namespace

scratch_directory::scratch_directory(const fs::path& parent) {
    do {
        owner_.reset();
        directory_.emplace(parent);
    } while (!claim());
}

// Fails if remove_leftovers() of another process has locked the file before this process did, and
// takes the directory for one that was left over.
bool scratch_directory::claim() {
    owner_.emplace(path() / owner_lock_name);
    return owner_->try_lock() && !owner_->is_removed();
}

scratch_directory::~scratch_directory() {
    // A process that was just killed may still be removing or writing files. Retry for one second.
    for (int attempt = 0; attempt < 50; ++attempt) {
        try {
            remove_content(path());
            return;
        } catch (const fs::filesystem_error&) {
            std::this_thread::sleep_for(20ms);
        }
    }
}

fs::path server_lock_file(const fs::path& directory) {
    return directory / "dsql-local.lock";
}

void remove_leftovers(const fs::path& parent) noexcept {
    try {
        for (const fs::directory_entry& entry : fs::directory_iterator(parent)) {
            try {
                remove_if_left_over(entry.path());
            } catch (const std::system_error&) {
                // Another process may be removing it.
            }
        }
    } catch (const std::exception&) {
        // The directory cannot be read. The start itself will say so.
    }
}

}  // namespace dsql_local
