// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// Appends `text` percent-encoded as SigV4 wants it: only A-Z a-z 0-9 - _ . ~ stay, everything else
/// becomes %XX in capitals, byte by byte (RFC 3986, section 2.3).
void append_uri_encoded(std::string& out, std::string_view text);

}  // namespace dsql::detail
