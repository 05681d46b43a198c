// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dsql_local {

/// A new directory with mode 0700. The destructor removes it with all its content.
class temporary_directory {
public:
    /// Creates the directory `parent`/dsql-local-XXXXXX. Throws std::system_error.
    explicit temporary_directory(const std::filesystem::path& parent);
    ~temporary_directory();

    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// Returns TMPDIR if it is an absolute path, else /tmp.
std::filesystem::path temporary_parent();

/// An exclusive lock on a file, against other processes. It lasts until this object is destroyed
/// and every child that inherited the descriptor has ended.
class file_lock {
public:
    /// Opens or creates the file, but does not lock it. Throws std::system_error.
    explicit file_lock(const std::filesystem::path& file);
    ~file_lock();

    file_lock(const file_lock&) = delete;
    file_lock& operator=(const file_lock&) = delete;

    /// Locks the file. Returns false if another process holds the lock.
    bool try_lock() const noexcept;

    /// Whether the file was removed after it was opened. Then the lock means nothing.
    bool is_removed() const noexcept;

    /// The descriptor that a child has to inherit to hold the lock too.
    int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace dsql_local
