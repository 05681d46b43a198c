// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codecs.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace dsql::test {

/// Returns the bytes that hexadecimal digits stand for. Blanks between them are ignored.
inline std::string bytes(std::string_view hex) {
    std::string digits;
    for (const char c : hex) {
        if (c != ' ') {
            digits += c;
        }
    }
    std::string result;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        result += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    }
    return result;
}

/// The binary form of a value.
template <class T>
std::string binary(const T& value, oid type = codec<T>::type) {
    byte_writer out;
    codec<T>::write(out, value, type);
    return std::string(out.view());
}

/// The text form of a value.
template <class T>
std::string text(const T& value) {
    byte_writer out;
    codec<T>::write_text(out, value);
    return std::string(out.view());
}

/// Returns the value that is read from bytes. Views point into the bytes.
template <class T>
T read(std::string_view from, oid type = codec<T>::type) {
    EXPECT_TRUE(codec<T>::reads(type));
    return codec<T>::read({from.data(), from.size(), type});
}

/// Returns the value that is read from the binary form of another value.
template <class T>
T there_and_back(const T& value, oid type = codec<T>::type) {
    return read<T>(binary(value, type), type);
}

/// The message of the conversion_error that `action` throws; empty if it throws none.
template <class Action>
std::string failure(Action action) {
    try {
        static_cast<void>(action());
    } catch (const conversion_error& thrown) {
        return thrown.what();
    }
    return {};
}

template <class T>
std::string read_failure(std::string_view from, oid type = codec<T>::type) {
    return failure([&] { return read<T>(from, type); });
}
template <class T>
std::string binary_failure(const T& value, oid type = codec<T>::type) {
    return failure([&] { return binary(value, type); });
}
template <class T>
std::string text_failure(const T& value) {
    return failure([&] { return text(value); });
}

}  // namespace dsql::test
