// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/signing/sha256.hpp"

#include <string>
#include <string_view>

namespace dsql::detail {

/// Appends a digest as SigV4 writes it: 64 hexadecimal digits in lower case.
inline void append_hex(std::string& out, const sha256_digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const unsigned char byte : digest) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

}  // namespace dsql::detail
