// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

namespace dsql {
class connection;
class pool;
}  // namespace dsql

namespace dsql::detail {

/// On what something can be tried again.
template <class T>
concept retry_target = std::same_as<T, pool> || std::same_as<T, connection>;

}  // namespace dsql::detail
