// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_local {

/// The only keys that this endpoint accepts. The defaults are not valid anywhere else. The session
/// token contains `+`, `/` and `=`, so that every login exercises percent-encoding.
struct test_keys {
    std::string access_key_id = "AKIADSQLLOCALEXAMPLE";
    std::string secret_access_key = "dsql-local/not+a+real/secret/EXAMPLEKEY";
    std::optional<std::string> session_token = "dsql-local/not+a+real/session+token/EXAMPLE==";
    std::string region = "us-east-1";
};

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

/// Reads the keys from `file`. To rotate keys, rename another file to this name: a reader then sees
/// either the old or the new content. Throws keys_file_error.
test_keys read_keys_file(const std::filesystem::path& file, const std::string& region);

}  // namespace dsql_local
