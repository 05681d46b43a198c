// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/pooled_connection.hpp>

#include "pg/session/limited_statements.hpp"
#include "pg/session/session_access.hpp"
#include "pool/connection_slot.hpp"
#include "pool/hook_scope.hpp"

#include <chrono>
#include <utility>

namespace dsql {

namespace {

// The deadline for all statements of a hook that runs when a connection is released or closed.
pg::deadline hook_deadline() {
    return pg::deadline(std::chrono::seconds(1));
}

[[noreturn]] void throw_empty() {
    throw error("the pooled connection was released, hijacked or moved from");
}

bool after_release_keeps(detail::connection_slot& entry) {
    const auto& after_release = entry.hooks->after_release;
    const pg::scoped_call_limits limited(entry.session, hook_deadline(), {});
    return !after_release || after_release(entry.session);
}

// Prepares a connection for its next user. Returns false when it must be closed. Does nothing for a
// connection that the pool will close anyway.
bool prepare_for_reuse(detail::connection_slot& entry) noexcept {
    if (!entry.session.is_idle() || entry.owner->is_in_child()) {
        return true;
    }
    const detail::hook_scope scope(entry.owner);
    try {
        if (!after_release_keeps(entry)) {
            return false;
        }
        if (entry.hooks->resets_sessions && entry.reusable()) {
            const pg::scoped_call_limits limited(entry.session, hook_deadline(), {});
            pg::session& returned = pg::session_access::of(entry.session);
            returned.wait(returned.restore_settings({}), {});
        }
        return true;
    } catch (...) {
        return false;  // `pool_options` documents that an exception closes the connection
    }
}

void give_back(detail::connection_slot* entry) noexcept {
    const void* const pool = entry->owner;
    if (!entry->hooks->needs_more_on_release) [[likely]] {
        entry->owner->release(entry);
        return;
    }
    // A copy, because closing the connection destroys its entry.
    const std::shared_ptr<const detail::pool_hooks> hooks = entry->hooks;
    bool kept = false;
    if (prepare_for_reuse(*entry)) {
        kept = entry->owner->release(entry);
    } else {
        entry->owner->discard(entry);
    }
    if (hooks->observer) {
        const detail::hook_scope scope(pool);
        hooks->observer->released({.kept = kept});
    }
}

// The action that the session runs when its last pin is released.
void give_back_deferred(void* entry) noexcept {
    give_back(static_cast<detail::connection_slot*>(entry));
}

}  // namespace

namespace detail {

connection_slot::~connection_slot() {
    if (hooks->before_close && session.is_open()) {
        const hook_scope scope(owner);
        try {
            const pg::scoped_call_limits limited(session, hook_deadline(), {});
            hooks->before_close(session);
        } catch (...) {
            // The connection is closed anyway, and a destructor cannot report the exception.
            return;
        }
    }
}

}  // namespace detail

pooled_connection::pooled_connection(pooled_connection&& other) noexcept
    : entry_(std::exchange(other.entry_, nullptr)) {}

pooled_connection& pooled_connection::operator=(pooled_connection&& other) noexcept {
    if (this != &other) {
        release();
        entry_ = std::exchange(other.entry_, nullptr);
    }
    return *this;
}

pooled_connection::~pooled_connection() {
    release();
}

connection& pooled_connection::operator*() const {
    if (entry_ == nullptr) {
        throw_empty();
    }
    return entry_->session;
}

void pooled_connection::release() noexcept {
    if (entry_ == nullptr) {
        return;
    }
    detail::connection_slot* const entry = std::exchange(entry_, nullptr);
    pg::session* const session = pg::session_access::find(entry->session);
    if (session == nullptr || !session->pins().defer({&give_back_deferred, entry})) [[likely]] {
        give_back(entry);
    }
}

connection pooled_connection::hijack() {
    if (entry_ == nullptr) {
        throw_empty();
    }
    entry_->owner->require_own_process();
    detail::connection_slot* const entry = std::exchange(entry_, nullptr);
    const auto owned = entry->owner->hijack(entry);
    if (owned->hooks->observer) {
        const detail::hook_scope scope(owned->owner);
        owned->hooks->observer->released({.kept = false});
    }
    return std::move(owned->session);
}

}  // namespace dsql
