// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dsql_cli::proxy {

/// Makes a password of 192 random bits, of letters, digits, "-" and "_".
[[nodiscard]] std::string make_local_password();

/// A file with a password in the form of a pgpass file, with mode 0600, which libpq and pgjdbc
/// read.
class password_file {
public:
    /// Writes the file. Replaces a file only if an earlier proxy has written it, so that no other
    /// password is lost. Throws std::runtime_error.
    password_file(std::filesystem::path file, int port, const std::string& password);
    /// Removes the file, unless another proxy has replaced it.
    ~password_file();
    password_file(const password_file&) = delete;
    password_file& operator=(const password_file&) = delete;

private:
    const std::filesystem::path file_;
    const std::string content_;
};

}  // namespace dsql_cli::proxy
