// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// SHA-1 of a text in lower-case hexadecimal (FIPS 180-4): the name of a file, nothing that has to
/// be secure.
[[nodiscard]] std::string sha1_hex(std::string_view text);

/// SHA-256 of a text in lower-case hexadecimal (FIPS 180-4).
[[nodiscard]] std::string sha256_hex(std::string_view text);

}  // namespace dsql::detail
