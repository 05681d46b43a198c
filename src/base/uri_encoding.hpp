// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <string>
#include <string_view>

namespace dsql::detail {

/// Decodes percent-encoding (RFC 3986, section 2.1). Throws `config_error`, which names the decoded
/// part as `part`, for a malformed sequence or a zero byte.
[[nodiscard]] std::string percent_decode(std::string_view text, std::string_view part);

/// Appends `text` percent-encoded as SigV4 requires: A-Z a-z 0-9 - _ . ~ are kept, and every other
/// byte becomes %XX in upper case (RFC 3986, section 2.3).
void append_uri_encoded(std::string& out, std::string_view text);
/// @see append_uri_encoded
void append_uri_encoded(secret_string& out, std::string_view text);

}  // namespace dsql::detail
