// SPDX-License-Identifier: Apache-2.0
#include "load/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace dsql_cli::load {

namespace {

constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
constexpr std::uint64_t low_bits = 0x0101'0101'0101'0101;

// Whether all of 8 bytes are ASCII and none is zero.
bool is_plain_block(const char* at) noexcept {
    std::uint64_t block = 0;
    std::memcpy(&block, at, sizeof block);
    // A zero byte borrows, which sets its high bit.
    return ((block | (block - low_bits)) & high_bits) == 0;
}

bool is_continuation(unsigned char byte) noexcept {
    return (byte & 0xc0U) == 0x80;
}

// The lowest and the highest second byte after a first one: RFC 3629, section 4.
bool is_second(unsigned char first, unsigned char second) noexcept {
    switch (first) {
        case 0xe0:
            return second >= 0xa0 && second <= 0xbf;
        case 0xed:
            return second >= 0x80 && second <= 0x9f;
        case 0xf0:
            return second >= 0x90 && second <= 0xbf;
        case 0xf4:
            return second >= 0x80 && second <= 0x8f;
        default:
            return is_continuation(second);
    }
}

// The length of the character at the beginning of the text, or 0 if it is malformed.
std::size_t character_length(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) {
        return static_cast<unsigned char>(text[i]);
    };
    const unsigned char first = byte(0);
    if (first < 0x80) {
        return first == 0 ? 0 : 1;
    }
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length || !is_second(first, byte(1))) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if (!is_continuation(byte(i))) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::size_t first_invalid_byte(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        if (text.size() - at >= sizeof(std::uint64_t) && is_plain_block(text.data() + at)) {
            at += sizeof(std::uint64_t);
            continue;
        }
        const std::size_t length = character_length(text.substr(at));
        if (length == 0) {
            return at;
        }
        at += length;
    }
    return at;
}

}  // namespace dsql_cli::load
