// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>
#include <dsql/observer.hpp>
#include <dsql/pool_options.hpp>

#include "pg/session/session_access.hpp"
#include "pool/coarse_clock.hpp"
#include "pool/pool_engine.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace dsql::detail {

/// What of a pool's options its connections need wherever they go, also beyond the pool's end.
struct pool_hooks {
    std::function<bool(connection&)> after_release{};
    std::function<void(connection&)> before_close{};
    bool resets_sessions = false;
    std::shared_ptr<dsql::observer> observer{};
    /// Whether giving back is more than putting back.
    bool needs_more_on_release = after_release || resets_sessions || observer;
};

/// A connection in a pool.
struct pooled_entry : pool_entry_base<pooled_entry, coarse_clock> {
    pooled_entry(connection opened, std::shared_ptr<const pool_hooks> of_pool) noexcept
        : session(std::move(opened)), hooks(std::move(of_pool)) {}
    ~pooled_entry();
    pooled_entry(const pooled_entry&) = delete;
    pooled_entry& operator=(const pooled_entry&) = delete;

    /// Not while somebody still has a transaction or stream on it, as a hook may have left one.
    [[nodiscard]] bool reusable() noexcept {
        return session.is_idle() && !pg::session_access::find(session)->pins().any();
    }
    [[nodiscard]] bool broken() noexcept { return !session.is_open(); }
    [[nodiscard]] bool hung_up() noexcept { return session.has_hung_up(); }

    connection session;
    const std::shared_ptr<const pool_hooks> hooks;
};

using connection_pool_engine = pool_engine<pooled_entry, coarse_clock>;

}  // namespace dsql::detail
