// SPDX-License-Identifier: Apache-2.0
#include "wire/wire_format.hpp"

namespace dsql_local {

void append_uint32(std::string& bytes, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes += static_cast<char>((value >> shift) & 0xFFU);
    }
}

std::uint32_t read_uint32(std::string_view bytes) {
    std::uint32_t value = 0;
    for (const char c : bytes.substr(0, 4)) {
        value = (value << 8U) | static_cast<unsigned char>(c);
    }
    return value;
}

void append_c_string(std::string& bytes, std::string_view text) {
    bytes += text;
    bytes += '\0';
}

std::string_view take_c_string(std::string_view& bytes) {
    const std::string_view text = bytes.substr(0, bytes.find('\0'));
    bytes.remove_prefix(text.size() == bytes.size() ? text.size() : text.size() + 1);
    return text;
}

std::string encode_message(char type, std::string_view body) {
    std::string message(1, type);
    append_uint32(message, static_cast<std::uint32_t>(body.size() + 4));
    message += body;
    return message;
}

}  // namespace dsql_local
