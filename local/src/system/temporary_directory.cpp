// SPDX-License-Identifier: Apache-2.0
#include "system/temporary_directory.hpp"

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
    // A process that was just killed may still be letting go of its last file: try for a second.
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

}  // namespace dsql_local
