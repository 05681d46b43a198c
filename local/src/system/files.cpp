// SPDX-License-Identifier: Apache-2.0
#include "system/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <thread>

namespace dsql_local {

temporary_directory::temporary_directory(const std::filesystem::path& parent) {
    std::string name = (parent / "dsql-local-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(),
                                "cannot make a directory in " + parent.string());
    }
    path_ = name;
}

temporary_directory::~temporary_directory() {
    // A process that was just killed may still be removing or writing files. Retry for one second.
    for (int attempt = 0; attempt < 50; ++attempt) {
        std::error_code error;
        std::filesystem::remove_all(path_, error);
        if (!error) {
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

std::filesystem::path temporary_parent() {
    const char* named = std::getenv("TMPDIR");
    return named != nullptr && named[0] == '/' ? named : "/tmp";
}

file_lock::file_lock(const std::filesystem::path& file)
    : descriptor_(
          open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
    if (descriptor_ < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
    }
}

bool file_lock::try_lock() const noexcept {
    return flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
}

bool file_lock::is_removed() const noexcept {
    struct stat status {};
    return fstat(descriptor_, &status) != 0 || status.st_nlink == 0;
}

file_lock::~file_lock() {
    close(descriptor_);
}

}  // namespace dsql_local
