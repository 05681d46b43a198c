// SPDX-License-Identifier: Apache-2.0
#include "file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace dsql_local {

file_lock::file_lock(const std::filesystem::path& file)
    : descriptor_(
          open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)) {
    if (descriptor_ < 0) {
        throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
    }
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        close(descriptor_);
        throw std::runtime_error(file.parent_path().string() + " is in use by another dsql-local");
    }
}

file_lock::~file_lock() {
    close(descriptor_);
}

}  // namespace dsql_local
