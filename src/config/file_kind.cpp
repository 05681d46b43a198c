// SPDX-License-Identifier: Apache-2.0
#include "config/file_kind.hpp"

#include <sys/stat.h>

namespace dsql::detail {

std::string reason_not_to_read(const std::string& path) {
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) {
        return {};
    }
    if (!S_ISREG(status.st_mode)) {
        return "it is not a regular file";
    }
    return status.st_size > static_cast<off_t>(longest_file) ? "it is longer than 16 MiB"
                                                             : std::string();
}

}  // namespace dsql::detail
