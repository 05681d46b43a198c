// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace dsql_cli::proxy {

/// Makes a password of 192 random bits, of letters, digits, "-" and "_".
[[nodiscard]] std::string make_local_password();

/// Writes a password in the form of a pgpass file, with mode 0600, which libpq and pgjdbc read.
/// Replaces a file only if an earlier call has written it, so that no other password is lost.
/// Throws std::runtime_error.
void write_password_file(const std::filesystem::path& file, int port, const std::string& password);

}  // namespace dsql_cli::proxy
