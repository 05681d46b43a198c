// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dsql_local {

/// A new directory of mode 0700, removed with all it holds when the object goes.
class temporary_directory {
public:
    /// Makes `parent`/dsql-local-XXXXXX. Throws std::system_error.
    explicit temporary_directory(const std::filesystem::path& parent);
    ~temporary_directory();

    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// TMPDIR when it is set to an absolute path, else /tmp.
std::filesystem::path temporary_parent();

}  // namespace dsql_local
