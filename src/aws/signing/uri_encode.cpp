// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/uri_encode.hpp"

#include <array>
#include <cstring>

namespace dsql::detail {

namespace {

// What a byte becomes: itself or %XX. The fourth character is never part of it.
struct encoded_byte {
    std::array<char, 4> text{};
    std::size_t size = 0;
};

constexpr std::string_view unreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

constexpr std::array<encoded_byte, 256> make_table() {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::array<encoded_byte, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        table[byte] = {.text = {'%', digits[byte >> 4], digits[byte & 15], '\0'}, .size = 3};
    }
    for (const char c : unreserved) {
        table[static_cast<unsigned char>(c)] = {.text = {c}, .size = 1};
    }
    return table;
}

constexpr std::array<encoded_byte, 256> table = make_table();

}  // namespace

// Half of what a token costs is its session token of 1000 characters or so: hence no branch and no
// growing in the loop, but room for the worst case, and four characters stored each time of which
// the next store overwrites those that do not count.
void append_uri_encoded(std::string& out, std::string_view text) {
    const std::size_t start = out.size();
    out.resize(start + 3 * text.size() + 1);
    char* end = out.data() + start;
    for (const char c : text) {
        const encoded_byte& encoded = table[static_cast<unsigned char>(c)];
        std::memcpy(end, encoded.text.data(), encoded.text.size());
        end += encoded.size;
    }
    out.resize(static_cast<std::size_t>(end - out.data()));
}

}  // namespace dsql::detail
