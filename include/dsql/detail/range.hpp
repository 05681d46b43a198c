// SPDX-License-Identifier: Apache-2.0
// What the library has to know of ranges. <ranges> knows more, and takes a program that includes
// this library longer to compile than all of its own headers.
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

/// What a range-based `for` takes.
template <class T>
concept iterable = requires(T& range) {
    begin_of(range) != end_of(range);
    *begin_of(range);
};

/// What `*begin(range)` is.
template <iterable T>
using range_reference = decltype(*begin_of(std::declval<T&>()));

/// An iterable that can be walked more than once.
template <class T>
concept forward_iterable =
    iterable<T> && std::forward_iterator<decltype(begin_of(std::declval<T&>()))>;

/// A range of itself, as a document of JSON is in other libraries: to ask what it converts to may
/// be an error inside of it, and its elements of elements have no end.
template <class T>
concept container_of_itself =
    iterable<const T> && std::same_as<std::remove_cvref_t<range_reference<const T>>, T>;

}  // namespace dsql::detail
