// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::detail {

template <class T, class... Types>
concept one_of = (std::same_as<T, Types> || ...);

/// The types of C++ that hold numbers and nothing else: no characters, no `bool`.
template <class T>
concept integer_type = one_of<T, signed char, short, int, long, long long, unsigned char,
                              unsigned short, unsigned int, unsigned long, unsigned long long>;

/// What an optional holds; any other type itself.
template <class T>
struct value_of_optional {
    using type = T;
};
template <class T>
struct value_of_optional<std::optional<T>> {
    using type = T;
};

template <class T>
inline constexpr bool is_optional_value = !std::same_as<T, typename value_of_optional<T>::type>;

/// The compiler's text for this function, in which it spells out `T`: g++ "... [with T = shop::id;
/// std::string_view = ...]", clang "... [T = shop::id]".
template <class T>
consteval std::string_view text_with_type() {
    return __PRETTY_FUNCTION__;
}

/// The name of a C++ type as the compiler spells it, for messages. The text may differ between
/// compilers.
template <class T>
[[nodiscard]] std::string cpp_name() {
    constexpr std::string_view known = text_with_type<int>();
    constexpr std::size_t begin = known.rfind("T = int") + 4;
    constexpr std::size_t after = known.size() - begin - 3;
    constexpr std::string_view text = text_with_type<T>();
    return std::string(text.substr(begin, text.size() - begin - after));
}

}  // namespace dsql::detail
