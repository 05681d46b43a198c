// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/bind_members.hpp>
#include <dsql/export.hpp>
#include <dsql/row_layout.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace dsql::detail {

template <class T>
concept tuple_like = requires {
    std::tuple_size<T>::value;
};

/// A structure or class whose members can be counted and named: an aggregate with members that is
/// not bound like a tuple, as `std::array` is. It must also have no base class, which
/// `member_count` checks. Source: C++20, [dcl.init.aggr].
template <class T>
concept plain_aggregate =
    std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T> && !tuple_like<T>;

/// Stands for a value of any member's type. It is only named, never made. It converts from a const
/// rvalue, because the type of a member may have a constructor that accepts anything: a constructor
/// that takes `U&&` is then a better match, one that takes `const U&` a worse one, and neither is
/// ambiguous. The function has a body because clang requires one if `U` has no linkage.
struct any_value {
    template <class U>
    operator U() const&& noexcept {
        __builtin_unreachable();
    }
};

/// Stands for a value of a base class of `T`.
template <class T>
struct any_base {
    template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>) operator U() const&& noexcept;
};

struct no_value {};

/// `any_value` in as many places as a pack has elements.
template <std::size_t>
using any_value_at = any_value;

template <class T, class Places>
inline constexpr bool takes_places = false;
template <class T, std::size_t... Places>
inline constexpr bool takes_places<T, std::index_sequence<Places...>> = requires {
    T{any_value_at<Places>()...};
};

/// Whether a `T` can be made from `Count` values of any types. It can be made from as many values
/// as there are members, but not from more, and from fewer if the other members have defaults.
template <class T, std::size_t Count>
inline constexpr bool takes = takes_places<T, std::make_index_sequence<Count>>;

/// The first count, beginning with `Count`, that `T` accepts; more than `most_members + 1` if there
/// is none.
template <class T, std::size_t Count = 0>
consteval std::size_t least_taken() {
    if constexpr (Count > most_members + 1 || takes<T, Count>) {
        return Count;
    } else {
        return least_taken<T, Count + 1>();
    }
}

/// The greatest count that `T` accepts, found by bisection. `T` accepts `Taken`, and does not
/// accept `Refused`, which is greater.
template <class T, std::size_t Taken, std::size_t Refused>
consteval std::size_t most_taken() {
    constexpr std::size_t middle = Taken + (Refused - Taken) / 2;
    if constexpr (middle == Taken) {
        return Taken;
    } else if constexpr (takes<T, middle>) {
        return most_taken<T, middle, Refused>();
    } else {
        return most_taken<T, Taken, middle>();
    }
}

template <class T, class First, class Others>
inline constexpr bool starts_with = false;
template <class T, class First, std::size_t... Others>
inline constexpr bool starts_with<T, First, std::index_sequence<Others...>> = requires {
    T{First(), any_value_at<Others>()...};
};

/// Whether the first of the `Count` values that `T` accepts is a base class. A first member that
/// can be made from anything accepts `any_base` too, but it also accepts `no_value`.
template <class T, std::size_t Count>
inline constexpr bool has_base = starts_with<T, any_base<T>, std::make_index_sequence<Count - 1>> &&
                                 !starts_with<T, no_value, std::make_index_sequence<Count - 1>>;

/// A value of whatever type, but only of a union.
struct any_union {
    template <class U>
    requires std::is_union_v<U>
    operator U() const&& noexcept;
};

template <class T, class Member, class Before, class After>
inline constexpr bool takes_at = false;
template <class T, class Member, std::size_t... Before, std::size_t... After>
inline constexpr bool
    takes_at<T, Member, std::index_sequence<Before...>, std::index_sequence<After...>> = requires {
    T{any_value_at<Before>()..., Member(), any_value_at<After>()...};
};
template <class T, class Before, class After>
inline constexpr bool takes_braces = false;
template <class T, std::size_t... Before, std::size_t... After>
inline constexpr bool
    takes_braces<T, std::index_sequence<Before...>, std::index_sequence<After...>> = requires {
    T{any_value_at<Before>()..., {}, any_value_at<After>()...};
};

/// Whether one of the values that `T` accepts is a union, with or without a name. A member that can
/// be made from anything accepts `any_union` too, but it also accepts `no_value`.
template <class T, std::size_t Count, std::size_t Place>
consteval bool is_union_at() {
    using before = std::make_index_sequence<Place>;
    using after = std::make_index_sequence<Count - 1 - Place>;
    return takes_at<T, any_union, before, after> && !takes_at<T, no_value, before, after>;
}
template <class T, std::size_t Count, std::size_t... Places>
consteval bool has_union(std::index_sequence<Places...>) {
    return (is_union_at<T, Count, Places>() || ...);
}

/// Whether the value at `Place`, of the `Count` that `T` accepts, is the first element of a C
/// array. If so, braces in its place stand for the whole array, so that fewer values may follow
/// than after the braces of a single member.
template <class T, std::size_t Count, std::size_t Place, std::size_t... Left>
consteval bool begins_array(std::index_sequence<Left...>) {
    using before = std::make_index_sequence<Place>;
    return !takes_braces<T, before, std::make_index_sequence<Count - 1 - Place>> &&
           (takes_braces<T, before, std::make_index_sequence<Left>> || ...);
}
template <class T, std::size_t Count, std::size_t... Places>
consteval bool has_array(std::index_sequence<Places...>) {
    return (begins_array<T, Count, Places>(std::make_index_sequence<Count - 1 - Places>()) || ...);
}

template <class T>
consteval std::size_t count_members() {
    constexpr std::size_t least = least_taken<T>();
    static_assert(least <= most_members + 1,
                  "the members of this structure cannot be counted: specialise "
                  "dsql::column_names for it, with one name for each member (at most 64)");
    static_assert(least > most_members || !takes<T, most_members + 1>,
                  "this structure has more than 64 members: split it, or move some members into a "
                  "structure with a codec of its own");
    if constexpr (least <= most_members) {
        constexpr std::size_t count = most_taken<T, least, most_members + 1>();
        static_assert(count > 0, "this structure has no members");
        constexpr bool based = has_base<T, count>;
        static_assert(!based,
                      "this structure has a base class: repeat the members of the base in it");
        constexpr bool with_array = has_array<T, count>(std::make_index_sequence<count>());
        static_assert(!with_array,
                      "this structure has a member that is a C array: use std::string, "
                      "std::vector or std::array with a codec");
        constexpr bool with_union = has_union<T, count>(std::make_index_sequence<count>());
        static_assert(!with_union,
                      "this structure has a member that is a union, with a name or without: use "
                      "std::variant with a codec, or members of their own");
        return based || with_array || with_union ? 0 : count;
    }
    return 0;
}

template <class Names>
inline constexpr bool is_array_of_names = false;
template <std::size_t Count>
inline constexpr bool is_array_of_names<const std::array<std::string_view, Count>> = true;

/// Whether the program itself names the columns of `T`.
template <class T>
consteval bool has_column_names() {
    using names = decltype(column_names<T>);
    static_assert(is_array_of_names<names>,
                  "dsql::column_names<T> has to be a std::array<std::string_view, N> with the "
                  "name of a column for each of the N members of T");
    return std::tuple_size_v<std::remove_const_t<names>> != 0;
}

template <class T>
consteval std::size_t named_or_counted_members() {
    static_assert(plain_aggregate<T>,
                  "a row can be read into a structure with public members, no constructors and no "
                  "base class, or into a type with a codec; this type is neither");
    if constexpr (!plain_aggregate<T>) {
        return 0;
    } else if constexpr (has_column_names<T>()) {
        return column_names<T>.size();
    } else {
        return count_members<T>();
    }
}

/// The number of members of the structure `T`, 1 to 64: that of its `dsql::column_names`, or else
/// counted. Counting is wrong for a structure with a C array, whose elements it counts.
template <class T>
inline constexpr std::size_t member_count = named_or_counted_members<std::remove_cv_t<T>>();

}  // namespace dsql::detail
