// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/json.hpp"

#include <string>
#include <string_view>

namespace dsql::aws {

/// Reads a JSON object from a cache file of the AWS CLI's login commands. It may have at most 1
/// MiB. Throws `unrecoverable_credentials_error`, which ends with `remedy` (for example "run `aws
/// sso login`") and never shows the content.
[[nodiscard]] secret_json read_cache_file(const std::string& path, std::string_view remedy);

/// Whether `write_cache_file` is likely to succeed.
[[nodiscard]] bool can_write_cache_file(const std::string& path) noexcept;

/// Atomically replaces a file by one with this content and mode 0600: a reader sees either the old
/// or the new content, never a part. Throws `credentials_error`.
void write_cache_file(const std::string& path, const secret_json& content);

}  // namespace dsql::aws
