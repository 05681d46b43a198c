// SPDX-License-Identifier: Apache-2.0
#include "load/fields.hpp"

#include <cstddef>
#include <utility>

namespace dsql_cli::load {

namespace {

std::string_view trim_line_break(std::string_view row) {
    if (row.ends_with('\n')) {
        row.remove_suffix(1);
        if (row.ends_with('\r')) {
            row.remove_suffix(1);
        }
    }
    return row;
}

// Takes a value from the beginning of `rest`, up to a delimiter, which stays.
field_value take_csv_value(std::string_view& rest, const dialect& used) {
    std::string value;
    bool is_quoted = false;
    bool has_quotes = false;
    std::size_t i = 0;
    for (; i < rest.size(); ++i) {
        const char c = rest[i];
        const char next = i + 1 < rest.size() ? rest[i + 1] : '\0';
        if (is_quoted && c == used.escape && i + 1 < rest.size() &&
            (next == used.quote || next == used.escape)) {
            value += next;
            ++i;
        } else if (c == used.quote) {
            is_quoted = !is_quoted;
            has_quotes = true;
        } else if (c == used.delimiter && !is_quoted) {
            break;
        } else {
            value += c;
        }
    }
    rest.remove_prefix(i);
    return !has_quotes && value == used.null_text ? field_value() : field_value(std::move(value));
}

int digit_of(char c, int base) {
    const int value = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : base;
    return value < base ? value : -1;
}

// Takes up to `most` digits after `at`; `at` is then the last of them.
char take_number(std::string_view text, std::size_t& at, int base, int most) {
    int number = 0;
    for (int count = 0; count < most && at + 1 < text.size(); ++count) {
        const int digit = digit_of(text[at + 1], base);
        if (digit < 0) {
            break;
        }
        number = number * base + digit;
        ++at;
    }
    return static_cast<char>(number & 0xff);
}

// Decodes the escape sequence whose character after the backslash is at `at`, which is then the
// last character of the sequence.
char take_escape(std::string_view text, std::size_t& at) {
    constexpr std::string_view names = "bfnrtv";
    constexpr std::string_view meanings = "\b\f\n\r\t\v";
    const char c = text[at];
    if (const std::size_t found = names.find(c); found != std::string_view::npos) {
        return meanings[found];
    }
    if (digit_of(c, 8) >= 0) {
        --at;
        return take_number(text, at, 8, 3);
    }
    if (c == 'x' && at + 1 < text.size() && digit_of(text[at + 1], 16) >= 0) {
        return take_number(text, at, 16, 2);
    }
    return c;
}

field_value take_text_value(std::string_view& rest, const dialect& used) {
    std::string value;
    std::size_t i = 0;
    for (; i < rest.size() && rest[i] != used.delimiter; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) {
            ++i;
            value += take_escape(rest, i);
        } else {
            value += rest[i];
        }
    }
    const bool is_null = rest.substr(0, i) == used.null_text;
    rest.remove_prefix(i);
    return is_null ? field_value() : field_value(std::move(value));
}

}  // namespace

std::vector<field_value> decode_row(std::string_view row, const dialect& used) {
    std::string_view rest = trim_line_break(row);
    std::vector<field_value> values;
    while (true) {
        values.push_back(used.format == row_format::csv ? take_csv_value(rest, used)
                                                        : take_text_value(rest, used));
        if (rest.empty()) {
            return values;
        }
        rest.remove_prefix(1);  // the delimiter
    }
}

void array_text::add(const field_value& value) {
    text_ += text_.empty() ? '{' : ',';
    if (!value) {
        text_ += "NULL";
        return;
    }
    text_ += '"';
    for (const char c : *value) {
        if (c == '"' || c == '\\') {
            text_ += '\\';
        }
        text_ += c;
    }
    text_ += '"';
}

std::string array_text::take() {
    std::string whole = std::exchange(text_, {});
    whole += whole.empty() ? "{}" : "}";
    return whole;
}

}  // namespace dsql_cli::load
