// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/pool_options.hpp>

#include "base/clocks.hpp"
#include "pg/session/session_access.hpp"
#include "pool/pool_engine.hpp"
#include "pool/pool_slot.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
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
struct connection_slot : pool_slot<connection_slot, coarse_clock> {
    connection_slot(connection opened, std::shared_ptr<const pool_hooks> of_pool) noexcept
        : session(std::move(opened)), hooks(std::move(of_pool)) {}
    ~connection_slot();
    connection_slot(const connection_slot&) = delete;
    connection_slot& operator=(const connection_slot&) = delete;

    /// Not while somebody still has a transaction or stream on it, as a hook may have left one.
    [[nodiscard]] bool reusable() noexcept {
        return session.is_idle() && !pg::session_access::find(session)->pins().any();
    }
    [[nodiscard]] bool broken() noexcept { return !session.is_open(); }
    [[nodiscard]] bool closed_by_peer() noexcept { return session.is_closed_by_server(); }

    connection session;
    const std::shared_ptr<const pool_hooks> hooks;
};

using connection_pool_engine = pool_engine<connection_slot, coarse_clock>;

/// Throws `error` for a connection that a hook has left unusable: a transaction left open would
/// swallow what the next user writes.
inline void require_idle(const connection& session, const char* hook) {
    if (!session.is_idle()) {
        throw error(std::string(hook) +
                    " left its connection closed, or inside a transaction; commit or roll back "
                    "what it begins");
    }
}

/// Connections that are out of the pool and have not reached their owner. Whatever happens on the
/// way, those that were not claimed go back, or are closed if they cannot be used any more.
class unclaimed_slots {
public:
    /// Both outlive this.
    unclaimed_slots(connection_pool_engine& pool, std::span<connection_slot*> entries) noexcept
        : pool_(pool), entries_(entries) {}
    ~unclaimed_slots() {
        for (connection_slot* const entry : entries_) {
            if (entry != nullptr) {
                pool_.reject(entry, kept_, found_dead_);
            }
        }
    }
    unclaimed_slots(const unclaimed_slots&) = delete;
    unclaimed_slots& operator=(const unclaimed_slots&) = delete;

    /// They are closed if they are not claimed.
    void close(bool found_dead = false) noexcept {
        kept_ = false;
        found_dead_ = found_dead;
    }

    /// The caller is the owner from here on.
    [[nodiscard]] connection_slot* claim(std::size_t index = 0) noexcept {
        return std::exchange(entries_[index], nullptr);
    }

private:
    connection_pool_engine& pool_;
    const std::span<connection_slot*> entries_;
    bool kept_ = true;
    bool found_dead_ = false;
};

}  // namespace dsql::detail
