// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/test_keys.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_local {

/// A keys file that cannot be read or makes no sense. Names the file and the line; never repeats
/// what is in it.
class keys_file_error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Understands the lines `access_key_id=...`, `secret_access_key=...` and, where there is one,
/// `session_token=...`, in any order; empty lines are skipped. A value is all that follows the `=`.
/// Throws keys_file_error, without the file's name.
test_keys parse_keys(std::string_view text, const std::string& region);

/// The keys that `file` holds now. To rotate them, rename another file to this name: a reader sees
/// all of the one or all of the other.
/// Throws keys_file_error.
test_keys read_keys_file(const std::filesystem::path& file, const std::string& region);

}  // namespace dsql_local
