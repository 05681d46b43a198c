// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system/files.hpp"

#include <filesystem>
#include <optional>

namespace dsql_local {

/// A new temporary directory that its process owns: it holds a lock on a file in it for as long as
/// it lives. So after a SIGKILL another process can tell that the directory is left over. The
/// destructor removes it with all its content.
class scratch_directory {
public:
    /// Creates the directory `parent`/dsql-local-XXXXXX. Throws std::system_error.
    explicit scratch_directory(const std::filesystem::path& parent);
    ~scratch_directory();

    scratch_directory(const scratch_directory&) = delete;
    scratch_directory& operator=(const scratch_directory&) = delete;

    const std::filesystem::path& path() const noexcept { return directory_->path(); }

private:
    bool claim();

    // The lock is released first, when nothing else is left in the directory.
    std::optional<temporary_directory> directory_;
    std::optional<file_lock> owner_;
};

/// A lock on a directory that PostgreSQL works in. PostgreSQL inherits it, so it is held until all
/// of PostgreSQL's processes have ended, even if dsql-local was killed.
std::filesystem::path server_lock_file(const std::filesystem::path& directory);

/// Removes the directories in `parent` that scratch_directory objects of this user's processes have
/// left, because the processes were killed. Ends the PostgreSQL servers that still run in them.
/// Directories without the lock file, of other users, and of processes that still run stay as they
/// are. Ignores errors: what cannot be removed is left to the next start.
void remove_leftovers(const std::filesystem::path& parent) noexcept;

}  // namespace dsql_local
