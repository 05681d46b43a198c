// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/member_count.hpp>
#include <dsql/detail/members.hpp>
#include <dsql/detail/range.hpp>
#include <dsql/detail/type_traits.hpp>
#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace dsql::detail {

template <class T>
[[nodiscard]] std::size_t encoded_size(const T& value);

template <class Tuple>
[[nodiscard]] std::size_t sum_of_sizes(const Tuple& values) {
    return std::apply(
        [](const auto&... each) { return (std::size_t{0} + ... + encoded_size(each)); }, values);
}

/// About how many bytes a value takes when it is sent: exact for text and bytes, close for numbers
/// and times, and the size in memory for what is not known.
template <class T>
std::size_t encoded_size(const T& value) {
    if constexpr (std::same_as<T, const char*> || std::same_as<T, char*>) {
        return value == nullptr ? 0 : std::string_view(value).size();
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
        return std::string_view(value).size();
    } else if constexpr (is_optional_value<T>) {
        return value ? encoded_size(*value) : 0;
    } else if constexpr (iterable<const T> && !container_of_itself<T>) {
        std::size_t sum = 0;
        for (const auto& each : value) {
            sum += encoded_size(each);
        }
        return sum;
    } else if constexpr (tuple_like<T>) {
        return sum_of_sizes(value);
    } else if constexpr (plain_aggregate<T>) {
        return sum_of_sizes(tie_members(value));
    } else {
        return sizeof(T);
    }
}

/// `encoded_size` as an object.
struct size_when_sent {
    template <class T>
    [[nodiscard]] std::size_t operator()(const T& value) const {
        return encoded_size(value);
    }
};

}  // namespace dsql::detail
