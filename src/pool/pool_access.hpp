// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool.hpp>
#include <dsql/pooled_connection.hpp>

#include "pool/pool_implementation.hpp"

#include <memory>

namespace dsql::detail {

/// What a pool shows to the rest of the library only.
struct pool_access {
    using implementation = pool::implementation;

    [[nodiscard]] static const std::shared_ptr<implementation>& of(pool& open) noexcept {
        return open.implementation_;
    }
    /// The handle of a connection that was acquired.
    [[nodiscard]] static pooled_connection handle_of(connection_slot* acquired) noexcept {
        return pooled_connection(acquired);
    }
};

}  // namespace dsql::detail
