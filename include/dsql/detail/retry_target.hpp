// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/language.hpp>

#include <concepts>
#include <type_traits>

namespace dsql {
class connection;
class pool;
}  // namespace dsql

namespace dsql::detail {

/// On what something can be tried again.
template <class T>
concept retry_target = std::same_as<T, pool> || std::same_as<T, connection>;

/// Anything else that is given in its place: a handle, a temporary, a transaction.
template <class T>
concept no_retry_target =
    !std::is_lvalue_reference_v<T> || !retry_target<std::remove_reference_t<T>>;

/// A pool's handle, a pointer, an optional.
template <class T>
concept handle_of_target = requires(T& given) {
    requires retry_target<std::remove_reference_t<decltype(*given)>>;
};

/// Stops the compilation and says what should have been given.
template <class Given>
void explain_retry_target() {
    using T = std::remove_cvref_t<Given>;
    static_assert(!handle_of_target<T>,
                  "retries take the connection or pool itself, not what points to it: write "
                  "*handle");
    static_assert(handle_of_target<T> || retry_target<T>,
                  "retries take a dsql::pool or a dsql::connection");
    static_assert(!retry_target<T>,
                  "retries take a pool or connection that is no temporary and not const: give it a "
                  "name");
}

}  // namespace dsql::detail
