// SPDX-License-Identifier: Apache-2.0
#include "base/uri_encoding.hpp"

#include <dsql/error.hpp>

#include "base/hex.hpp"

#include <array>
#include <cstring>
#include <vector>

namespace dsql::detail {

std::string percent_decode(std::string_view text, std::string_view part) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            throw config_error("connection string: broken percent-encoding in the " +
                               std::string(part) + " at its character " + std::to_string(i + 1) +
                               "; write %25 for a percent sign");
        }
        if (high == 0 && low == 0) {
            throw config_error("connection string: %00 is not allowed in the " + std::string(part));
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

namespace {

// The encoding of a byte: itself or %XX. The fourth character is padding.
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

// Encoding the session token, about 1000 characters, is half of the cost of an IAM token. So the
// loop has no branch and never grows the text: the caller reserves the worst case, and four
// characters are always stored, of which the next store overwrites the padding.
static char* write_uri_encoded(char* end, std::string_view text) noexcept {
    for (const char c : text) {
        const encoded_byte& encoded = table[static_cast<unsigned char>(c)];
        std::memcpy(end, encoded.text.data(), encoded.text.size());
        end += encoded.size;
    }
    return end;
}

void append_uri_encoded(std::string& out, std::string_view text) {
    const std::size_t start = out.size();
    out.resize(start + 3 * text.size() + 1);
    const char* const end = write_uri_encoded(out.data() + start, text);
    out.resize(static_cast<std::size_t>(end - out.data()));
}

void append_uri_encoded(secret_string& out, std::string_view text) {
    std::vector<char, cleansing_allocator<char>> encoded(3 * text.size() + 1);
    const char* const end = write_uri_encoded(encoded.data(), text);
    out.append({encoded.data(), static_cast<std::size_t>(end - encoded.data())});
}

}  // namespace dsql::detail
