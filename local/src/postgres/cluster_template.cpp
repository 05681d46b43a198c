// SPDX-License-Identifier: Apache-2.0
#include "postgres/cluster_template.hpp"

#include "postgres/cluster_schema.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <string>
#include <system_error>

namespace dsql_local {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> absolute_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && value[0] == '/' ? std::optional<fs::path>(value) : std::nullopt;
}

// Source: XDG Base Directory Specification.
std::optional<fs::path> cache_directory() {
    if (const auto named = absolute_variable("XDG_CACHE_HOME")) {
        return *named / "dsql-local";
    }
    const auto home = absolute_variable("HOME");
    return home ? std::optional<fs::path>(*home / ".cache" / "dsql-local") : std::nullopt;
}

// The name depends on the server program and on the schema.
std::string name_for(const fs::path& binaries) {
    const fs::path server = fs::weakly_canonical(binaries / "postgres");
    // libc++ counts in integers of 128 bits.
    const auto changed =
        static_cast<std::int64_t>(fs::last_write_time(server).time_since_epoch().count());
    std::string text = server.string();
    text.append("\n").append(std::to_string(changed));
    text.append("\n").append(std::to_string(fs::file_size(server)));
    text.append("\n").append(cluster_schema_sql());
    return "cluster-" + std::to_string(std::hash<std::string>()(text));
}

// A template that another account could have changed must not be used.
bool is_private_to_us(const fs::path& directory) {
    struct stat status {};
    return lstat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool is_complete(const fs::path& cluster) {
    return fs::exists(cluster / "PG_VERSION") && fs::exists(cluster / "global" / "pg_control");
}

void remove_quietly(const fs::path& path) {
    std::error_code ignored;
    fs::remove_all(path, ignored);
}

void make_private_directory(const fs::path& directory) {
    fs::create_directories(directory);
    fs::permissions(directory, fs::perms::owner_all);
}

void remove_all_but(const fs::path& kept) {
    for (const fs::directory_entry& entry : fs::directory_iterator(kept.parent_path())) {
        if (entry.path() != kept) {
            remove_quietly(entry.path());
        }
    }
}

}  // namespace

cluster_template::cluster_template(const fs::path& binaries) {
    try {
        if (const auto directory = cache_directory()) {
            path_ = *directory / name_for(binaries);
        }
    } catch (const fs::filesystem_error&) {
        path_.reset();
    }
}

bool cluster_template::copy_to(const fs::path& data) const {
    if (!path_ || !is_private_to_us(path_->parent_path()) || !is_private_to_us(*path_)) {
        return false;
    }
    try {
        fs::copy(*path_, data, fs::copy_options::recursive);
        if (is_complete(data)) {
            return true;
        }
    } catch (const fs::filesystem_error&) {
        // Another process may be replacing the template.
    }
    remove_quietly(data);
    return false;
}

void cluster_template::store(const fs::path& data) const {
    if (!path_) {
        return;
    }
    const fs::path unfinished = path_->string() + "." + std::to_string(getpid());
    try {
        make_private_directory(path_->parent_path());
        fs::copy(data, unfinished, fs::copy_options::recursive);
        fs::rename(unfinished, *path_);  // fails if another process was faster
        remove_all_but(*path_);
    } catch (const fs::filesystem_error&) {
        remove_quietly(unfinished);  // the next endpoint runs initdb again
    }
}

}  // namespace dsql_local
