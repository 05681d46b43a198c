// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/bind_members.hpp>
#include <dsql/detail/member_count.hpp>
#include <dsql/row_layout.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace dsql::detail {

/// References to the members of `value`, in order; const where `value` or the member is. They
/// are borrowed: valid as long as `value`.
template <class T>
[[nodiscard]] constexpr auto tie_members(T& value) noexcept {
    return bind_members<member_count<T>>(
        value, [](auto&... members) { return std::tuple<decltype(members)...>(members...); });
}

struct types_of_members {
    template <class... Members>
    constexpr std::type_identity<std::tuple<std::remove_cv_t<Members>...>> operator()(
        Members&...) const {
        return {};
    }
};

/// A `std::tuple` of the types of the members of `T`, in order, without const.
template <class T>
using member_types =
    typename decltype(bind_members<member_count<T>>(std::declval<T&>(), types_of_members()))::type;

struct are_members_volatile {
    template <class... Members>
    constexpr std::bool_constant<(std::is_volatile_v<Members> && ...)> operator()(
        Members&...) const {
        return {};
    }
};

/// Whether a member is a reference. A reference does not become volatile when the structure is
/// volatile.
template <class T>
inline constexpr bool has_reference_members = !decltype(bind_members<member_count<T>>(
    std::declval<volatile T&>(), are_members_volatile()))::value;

/// The address of a member, as a template argument. Its type is the same for each member, so that
/// compilers print the same text after the name of each member.
struct member_address {
    const void* at = nullptr;
};

template <std::size_t Count>
struct member_addresses {
    const void* at[Count];
};

template <class T>
struct owner_of {
    ~owner_of();  // declared, so that T's own destructor does not matter
    T value;
};

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

/// An object that is never defined. Only the addresses of its members are formed, at compile time.
template <class T>
extern const owner_of<T> fake_object;

template <class T>
consteval auto addresses_of_members() {
    return bind_members<member_count<T>>(fake_object<T>.value, [](const auto&... members) {
        return member_addresses<sizeof...(members)>{{std::addressof(members)...}};
    });
}

#ifdef __clang__
#pragma clang diagnostic pop
#endif

/// The compiler's text for this function, in which it spells out the path to the member:
/// g++ "... Member = member_address{((const void*)(& ...owner::id))}; ...]", clang
/// "... [Member = {&fake_object.value.id}]".
template <member_address Member>
consteval std::string_view text_with_member() {
    return __PRETTY_FUNCTION__;
}

struct known_structure {
    int known_member = 0;
};

/// How many characters the compiler writes after the name of a member.
consteval std::size_t size_after_name() {
    constexpr std::string_view name = "known_member";
    constexpr auto addresses = addresses_of_members<known_structure>();
    constexpr std::string_view text = text_with_member<member_address{addresses.at[0]}>();
    static_assert(text.rfind(name) != std::string_view::npos,
                  "this compiler does not spell out members: specialise dsql::column_names");
    return text.size() - text.rfind(name) - name.size();
}

template <member_address Member>
consteval std::string_view name_of_member() {
    std::string_view text = text_with_member<Member>();
    text.remove_suffix(size_after_name());
    return text.substr(text.find_last_of(":.") + 1);
}

template <class T, std::size_t... Places>
consteval auto names_of_members(std::index_sequence<Places...>) {
    if constexpr (sizeof...(Places) == 0) {
        return std::array<std::string_view, 0>();
    } else {
        constexpr auto addresses = addresses_of_members<T>();
        return std::array<std::string_view, sizeof...(Places)>{
            name_of_member<member_address{addresses.at[Places]}>()...};
    }
}

template <class T>
consteval auto named_or_found_names() {
    if constexpr (has_column_names<T>()) {
        return column_names<T>;
    } else {
        return names_of_members<T>(std::make_index_sequence<member_count<T>>());
    }
}

/// The names of the columns that the members of `T` stand for, in order: its
/// `dsql::column_names`, or else the names of the members. The text lasts as long as the program.
/// Works for structures in unnamed namespaces and in functions too.
template <class T>
inline constexpr std::array<std::string_view, member_count<T>> member_names =
    named_or_found_names<std::remove_cv_t<T>>();

}  // namespace dsql::detail
