// SPDX-License-Identifier: Apache-2.0
// Fuzzes the parsers and formatters of values as text. A value that was parsed is formatted and
// parsed again, and must be the same. Every element of an array must be found again in its text.
#include <dsql/codecs.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace dsql;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

template <class T>
std::string text_of(const T& value) {
    byte_writer out;
    codec<T>::write_text(out, value);
    return std::string(out.view());
}

template <class T>
void parse(std::string_view text) {
    try {
        const T value = T::parse(text);
        const std::string printed = value.to_string();
        require(T::parse(printed) == value && T::parse(printed).to_string() == printed);
        require(text_of(value) == printed);
    } catch (const conversion_error&) {
    }
}

void convert_decimal(std::string_view text) {
    try {
        const decimal value = decimal::parse(text);
        static_cast<void>(value.to_double());
        require(decimal(value.to_int64()) == value);
    } catch (const conversion_error&) {
    }
}

// Parses the text of an array as PostgreSQL's documentation specifies it.
std::vector<std::string> elements_of(std::string_view array) {
    std::vector<std::string> elements;
    bool quoted = false;
    for (std::size_t i = 0; i + 1 < array.size(); ++i) {
        const char c = array[i];
        if (!quoted && (c == ',' || c == '{')) {
            elements.emplace_back();
        } else if (c == '"') {
            quoted = !quoted;
        } else {
            elements.back() += c == '\\' ? array[++i] : c;
        }
    }
    return elements;
}

void print_array(std::string_view text) {
    std::vector<std::string_view> words;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = text.find('\n');
        words.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    try {
        const std::vector<std::string> elements = elements_of(text_of(words));
        require(std::vector<std::string_view>(elements.begin(), elements.end()) == words);
    } catch (const conversion_error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    parse<decimal>(text);
    parse<uuid>(text);
    convert_decimal(text);
    print_array(text);
    return 0;
}
