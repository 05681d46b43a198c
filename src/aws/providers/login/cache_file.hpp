// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/json.hpp"

#include <string>
#include <string_view>

namespace dsql::detail {

/// Reads a JSON object from a file that the AWS CLI's logins keep. It has to be a regular file of
/// at most 1 MiB. Throws `unrecoverable_credentials_error`, which ends in `remedy` ("run `aws sso
/// login`"); nothing of the content is in it.
[[nodiscard]] secret_json read_cache_file(const std::string& path, std::string_view remedy);

/// Whether `write_cache_file` is likely to succeed.
[[nodiscard]] bool can_write_cache_file(const std::string& path) noexcept;

/// Replaces a file by one of mode 0600 with this content. Who reads it meanwhile sees the old or
/// the new one, never a part. Throws `credentials_error`.
void write_cache_file(const std::string& path, const secret_json& content);

}  // namespace dsql::detail
