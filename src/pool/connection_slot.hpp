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

/// The options of a pool that its connections need even after the pool has been destroyed.
struct pool_hooks {
    std::function<bool(connection&)> after_release{};
    std::function<void(connection&)> before_close{};
    bool resets_sessions = false;
    std::shared_ptr<dsql::observer> observer{};
    /// Whether a release may wait for the server or for a hook.
    bool may_wait_on_release = after_release || resets_sessions;
    /// Whether a release has to do more than put the connection back.
    bool needs_more_on_release = may_wait_on_release || observer;
};

/// A connection in a pool, with the pool's bookkeeping.
struct connection_slot : pool_slot<connection_slot, coarse_clock> {
    connection_slot(connection opened, std::shared_ptr<const pool_hooks> of_pool) noexcept
        : session(std::move(opened)), hooks(std::move(of_pool)) {}
    ~connection_slot();
    connection_slot(const connection_slot&) = delete;
    connection_slot& operator=(const connection_slot&) = delete;

    /// Whether the next caller can use the connection. False while a transaction or stream object
    /// still holds it; a hook may have left one.
    [[nodiscard]] bool reusable() noexcept {
        return session.is_idle() && !pg::session_access::find(session)->pins().any();
    }
    [[nodiscard]] bool broken() noexcept { return !session.is_open(); }
    [[nodiscard]] bool closed_by_peer() noexcept { return session.is_closed_by_server(); }

    connection session;
    const std::shared_ptr<const pool_hooks> hooks;
};

using connection_pool_engine = pool_engine<connection_slot, coarse_clock>;

/// Throws `error` for a connection that a hook has left closed or inside a transaction. The next
/// caller's writes would become part of that transaction and be lost with it.
inline void require_idle(const connection& session, const char* hook) {
    if (!session.is_idle()) {
        throw error(std::string(hook) +
                    " left its connection closed, or inside a transaction; commit or roll back "
                    "what it begins");
    }
}

/// Connections that were taken from the pool and have not reached the caller. The destructor
/// returns those that were not claimed to the pool, which closes them if they are unusable.
class unclaimed_slots {
public:
    /// Precondition: both arguments outlive this object.
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

    /// Makes the destructor close the connections that were not claimed. `found_dead` counts them
    /// as failed liveness checks.
    void close(bool found_dead = false) noexcept {
        kept_ = false;
        found_dead_ = found_dead;
    }

    /// Passes the ownership of a connection to the caller.
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
