// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace dsql_local {

/// Keeps every other dsql-local away for as long as the object lives.
class file_lock {
public:
    /// Throws std::runtime_error when another process holds the lock, std::system_error when the
    /// file cannot be opened.
    explicit file_lock(const std::filesystem::path& file);
    ~file_lock();

    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

private:
    int descriptor_;
};

}  // namespace dsql_local
