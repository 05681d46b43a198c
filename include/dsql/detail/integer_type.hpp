// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/language.hpp>

#include <concepts>

namespace dsql::detail {

template <class T, class... Types>
concept one_of = (std::same_as<T, Types> || ...);

/// The types of C++ that hold numbers and nothing else: no characters, no `bool`.
template <class T>
concept integer_type = one_of<T, signed char, short, int, long, long long, unsigned char,
                              unsigned short, unsigned int, unsigned long, unsigned long long>;

}  // namespace dsql::detail
