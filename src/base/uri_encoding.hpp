// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <string>
#include <string_view>

namespace dsql::detail {

/// Decodes percent-encoding (RFC 3986, section 2.1). `part` names what is decoded, for the
/// `config_error` that a broken sequence or a zero byte throws.
[[nodiscard]] std::string percent_decode(std::string_view text, std::string_view part);

/// Appends `text` percent-encoded as SigV4 wants it: only A-Z a-z 0-9 - _ . ~ stay, everything else
/// becomes %XX in capitals, byte by byte (RFC 3986, section 2.3).
void append_uri_encoded(std::string& out, std::string_view text);
/// @see append_uri_encoded
void append_uri_encoded(secret_string& out, std::string_view text);

}  // namespace dsql::detail
