// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace dsql::detail {

/// Appends bytes as hexadecimal digits in lower case, two each: how SigV4 writes a digest, and how
/// the AWS CLI names its cache files.
inline void append_hex(std::string& out, std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const unsigned char byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

}  // namespace dsql::detail
