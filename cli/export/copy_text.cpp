// SPDX-License-Identifier: Apache-2.0
#include "export/copy_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>

namespace dsql_cli::exports {

namespace {

/// A control character, and the letter that stands for it after a backslash.
struct letter_escape {
    char control = '\0';
    char letter = '\0';
};

constexpr auto letter_escapes = std::to_array<letter_escape>(
    {{'\b', 'b'}, {'\f', 'f'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}, {'\v', 'v'}});

// By the byte after a backslash.
constexpr std::array<char, 256> make_decoded() {
    std::array<char, 256> decoded{};
    for (std::size_t code = 0; code < decoded.size(); ++code) {
        decoded[code] = static_cast<char>(code);
    }
    for (const letter_escape& one : letter_escapes) {
        decoded[static_cast<unsigned char>(one.letter)] = one.control;
    }
    return decoded;
}

constexpr byte_replacements make_encoded() {
    byte_replacements encoded;
    encoded.replace('\\', "\\\\");
    for (const letter_escape& one : letter_escapes) {
        const std::array<char, 2> escape = {'\\', one.letter};
        encoded.replace(one.control, {escape.data(), escape.size()});
    }
    return encoded;
}

}  // namespace

void require_whole_rows(std::string_view rows) {
    if (!rows.empty() && rows.back() != '\n') {
        throw std::runtime_error("the server has sent a row that does not end");
    }
}

void append_decoded(std::string_view value, std::string& to) {
    static constexpr std::array<char, 256> decoded = make_decoded();
    for (std::size_t at = 0; at < value.size();) {
        const std::size_t escape = std::min(value.find('\\', at), value.size());
        to.append(value.substr(at, escape - at));
        if (escape + 1 < value.size()) {
            to.push_back(decoded[static_cast<unsigned char>(value[escape + 1])]);
        }
        at = escape + 2;
    }
}

void append_encoded(std::string_view value, std::string& to) {
    static constexpr byte_replacements encoded = make_encoded();
    encoded.append(value, to);
}

std::vector<std::string_view> split_row(std::string_view row) {
    std::vector<std::string_view> values;
    while (!row.empty()) {
        const std::size_t end = std::min(row.find_first_of("\t\n"), row.size());
        values.push_back(row.substr(0, end));
        const bool is_last = end == row.size() || row[end] == '\n';
        row.remove_prefix(is_last ? row.size() : end + 1);
    }
    return values;
}

}  // namespace dsql_cli::exports
