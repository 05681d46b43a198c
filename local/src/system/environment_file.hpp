// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace dsql_local {

/// A file with the environment for a client, as shell commands. Only its owner can read it. It is
/// empty until write() is called. The destructor removes it. After a SIGKILL the file stays, and a
/// later object with the same path replaces it.
class environment_file {
public:
    /// Creates the file. It must be new, empty, or left over from a process that was killed, and a
    /// regular file: never another file of the user's. Throws std::runtime_error, which says what
    /// is wrong with the path.
    explicit environment_file(const std::filesystem::path& path);
    ~environment_file();

    environment_file(const environment_file&) = delete;
    environment_file& operator=(const environment_file&) = delete;

    /// Writes the file in one step, so that a reader sees nothing or all of it. Call it once.
    /// Throws std::system_error.
    void write(std::string_view commands) const;

private:
    bool is_still_there() const noexcept;

    std::filesystem::path path_;
    int descriptor_ = -1;
};

}  // namespace dsql_local
