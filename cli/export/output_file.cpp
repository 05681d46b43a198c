// SPDX-License-Identifier: Apache-2.0
#include "export/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace dsql_cli::exports {

namespace {

constexpr mode_t new_file_mode = 0666;  // less the umask

std::string directory_of(const std::string& path) {
    const std::string directory = std::filesystem::path(path).parent_path().string();
    return directory.empty() ? "." : directory;
}

// What is there under a name is replaced, not the symbolic link to it.
std::string without_links(const std::string& path) {
    std::error_code failed;
    const std::filesystem::path real = std::filesystem::canonical(path, failed);
    return failed ? path : real.string();
}

std::string hidden_name(const std::string& path, int number) {
    const std::string name = std::filesystem::path(path).filename().string();
    return directory_of(path) + "/." + name + "." + std::to_string(getpid()) + "-" +
           std::to_string(number) + ".part";
}

std::string link_of(int descriptor) {
    return "/proc/self/fd/" + std::to_string(descriptor);
}

}  // namespace

output_file::output_file(const std::string& path) : path_(without_links(path)) {
    struct stat found {};
    if (path == "-") {
        path_ = "standard output";
        descriptor_ = STDOUT_FILENO;
        owns_descriptor_ = false;
    } else if (stat(path_.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
        descriptor_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        open_new();
    }
    if (descriptor_ < 0) {
        fail("cannot write");
    }
}

output_file::~output_file() {
    if (descriptor_ >= 0 && owns_descriptor_) {
        close(descriptor_);
    }
    if (!hidden_.empty()) {
        unlink(hidden_.c_str());
    }
}

void output_file::open_new() {
    descriptor_ =
        open(directory_of(path_).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, new_file_mode);
    if (descriptor_ >= 0 && access(link_of(descriptor_).c_str(), F_OK) == 0) {
        kind_ = file_kind::unnamed;
        return;
    }
    if (descriptor_ >= 0) {
        close(descriptor_);  // without /proc it could not be named later
    }
    const std::string name = hidden_name(path_, 0);
    descriptor_ = open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, new_file_mode);
    if (descriptor_ >= 0) {
        hidden_ = name;
        kind_ = file_kind::hidden;
    }
}

void output_file::write(std::string_view data) {
    while (!data.empty()) {
        const ssize_t written = ::write(descriptor_, data.data(), data.size());
        if (written < 0 && errno != EINTR) {
            fail("cannot write");
        }
        data.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

void output_file::finish() {
    if (kind_ == file_kind::direct) {
        return;
    }
    if (fsync(descriptor_) != 0) {
        fail("cannot write");
    }
    if (kind_ == file_kind::unnamed) {
        name_unnamed();
    }
    if (rename(hidden_.c_str(), path_.c_str()) != 0) {
        fail("cannot replace");
    }
    hidden_.clear();
}

// link() replaces no file, so it gets a hidden name first.
void output_file::name_unnamed() {
    constexpr int most_names = 100;
    for (int number = 0; number < most_names; ++number) {
        const std::string name = hidden_name(path_, number);
        if (linkat(AT_FDCWD, link_of(descriptor_).c_str(), AT_FDCWD, name.c_str(),
                   AT_SYMLINK_FOLLOW) == 0) {
            hidden_ = name;
            return;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    fail("cannot name");
}

void output_file::fail(const char* what) const {
    throw std::system_error(errno, std::generic_category(), std::string(what) + " " + path_);
}

}  // namespace dsql_cli::exports
