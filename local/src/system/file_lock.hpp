// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace dsql_local {

/// Keeps every other dsql-local away for as long as the object lives, or a child that was left the
/// descriptor and what that child started.
class file_lock {
public:
    /// Opens the file, without taking the lock. Throws std::system_error when it cannot be opened.
    explicit file_lock(const std::filesystem::path& file);
    ~file_lock();

    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

    /// Takes the lock; false when another process holds it.
    bool try_lock() const noexcept;

    /// What a child has to keep open to hold the lock too.
    int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace dsql_local
