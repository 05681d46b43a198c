// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_local {

/// The only keys that this endpoint accepts. They are not valid anywhere else.
struct test_keys {
    std::string access_key_id = {};
    std::string secret_access_key = {};
    std::optional<std::string> session_token = {};
    std::string region = "us-east-1";
};

/// Returns new keys in the form of temporary AWS keys, which nobody can guess. One can see that
/// they are test keys. The secret and the session token contain `+` and `/`, and the session token
/// also
/// `=`, so that every login exercises percent-encoding. Throws std::runtime_error if OpenSSL fails.
test_keys random_keys(const std::string& region);

/// Whether `text` can be a part of keys: printable ASCII without spaces, because it must be valid
/// in HTTP headers, tokens and environment variables.
bool is_key_text(std::string_view text);

/// A keys file is unreadable or malformed. The message names the file and the line and never
/// contains the file's content.
class keys_file_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Parses the lines `access_key_id=VALUE`, `secret_access_key=VALUE` and, optionally,
/// `session_token=VALUE`, in any order. A value extends to the end of the line. Skips empty lines.
/// Throws keys_file_error without the file's name.
test_keys parse_keys(std::string_view text, const std::string& region);

/// Returns the text of a keys file. Throws keys_file_error without the file's name if it cannot be
/// read or is longer than 64 KiB.
std::string read_keys_text(const std::filesystem::path& file);

}  // namespace dsql_local
