// SPDX-License-Identifier: Apache-2.0
#include "system/file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dsql_local {

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

file_lock::~file_lock() {
    close(descriptor_);
}

}  // namespace dsql_local
