// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/language.hpp>

#include <concepts>
#include <optional>

namespace dsql::detail {

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

}  // namespace dsql::detail
