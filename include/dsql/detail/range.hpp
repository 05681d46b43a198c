// SPDX-License-Identifier: Apache-2.0
// The concepts for ranges that the library needs. <ranges> is not used, because it takes longer to
// compile than all headers of this library.
#pragma once

#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace dsql::detail {

namespace range_access {

using std::begin;
using std::end;

template <class Range>
[[nodiscard]] constexpr auto begin_of(Range& range) -> decltype(begin(range)) {
    return begin(range);
}
template <class Range>
[[nodiscard]] constexpr auto end_of(Range& range) -> decltype(end(range)) {
    return end(range);
}

}  // namespace range_access

using range_access::begin_of;
using range_access::end_of;

/// What a range-based `for` accepts.
template <class T>
concept iterable = requires(T& range) {
    begin_of(range) != end_of(range);
    *begin_of(range);
};

/// The type of `*begin(range)`.
template <iterable T>
using range_reference = decltype(*begin_of(std::declval<T&>()));

/// An iterable that can be iterated more than once.
template <class T>
concept forward_iterable =
    iterable<T> && std::forward_iterator<decltype(begin_of(std::declval<T&>()))>;

/// A range whose elements have its own type, like the JSON documents of other libraries. Checking
/// its conversions may cause an error inside that library, and recursion into its elements would
/// not end.
template <class T>
concept container_of_itself =
    iterable<const T> && std::same_as<std::remove_cvref_t<range_reference<const T>>, T>;

}  // namespace dsql::detail
