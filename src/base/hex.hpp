// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dsql::detail {

/// Writes `byte` as two lower-case hexadecimal digits and returns the position after them.
inline char* put_hex(char* to, std::uint8_t byte) noexcept {
    constexpr char digits[] = "0123456789abcdef";
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
    return to;
}

/// Appends each byte as two lower-case hexadecimal digits, as SigV4 writes a digest and the AWS CLI
/// names its cache files.
inline void append_hex(std::string& out, std::span<const unsigned char> bytes) {
    const std::size_t begin = out.size();
    out.resize(begin + 2 * bytes.size());
    char* to = out.data() + begin;
    for (const unsigned char byte : bytes) {
        to = put_hex(to, byte);
    }
}

/// Returns the value of a hexadecimal digit, or -1 for any other character.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace dsql::detail
