// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>

#include "pool/coarse_clock.hpp"
#include "pool/pool_engine.hpp"

#include <utility>

namespace dsql::detail {

/// A connection in a pool.
struct pooled_entry : pool_entry_base<pooled_entry, coarse_clock> {
    explicit pooled_entry(connection opened) noexcept : session(std::move(opened)) {}

    [[nodiscard]] bool reusable() noexcept { return session.is_idle(); }
    [[nodiscard]] bool hung_up() noexcept { return session.has_hung_up(); }

    connection session;
};

using connection_pool_engine = pool_engine<pooled_entry, coarse_clock>;

}  // namespace dsql::detail
