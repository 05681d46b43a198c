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

// How long the statements of hooks may take together that run where nobody waits for them.
pg::deadline patience_with_hooks() {
    return pg::deadline(std::chrono::seconds(1));
}

}  // namespace

namespace detail {

connection_slot::~connection_slot() {
    if (hooks->before_close && session.is_open()) {
        const hook_scope scope(owner);
        try {
            const pg::scoped_call_limits limited(session, patience_with_hooks(), {});
            hooks->before_close(session);
        } catch (...) {
            // The connection goes in any case, and there is nobody to tell.
            return;
        }
    }
}

}  // namespace detail

namespace {

[[noreturn]] void throw_empty() {
    throw error("the pooled connection was released, hijacked or moved from");
}

bool is_wanted_back(detail::connection_slot& entry) {
    const auto& after_release = entry.hooks->after_release;
    const pg::scoped_call_limits limited(entry.session, patience_with_hooks(), {});
    return !after_release || after_release(entry.session);
}

// Whether it may go to its next user; what cannot be kept in any case is not asked about.
bool is_made_ready(detail::connection_slot& entry) noexcept {
    if (!entry.session.is_idle() || entry.owner->is_in_child()) {
        return true;
    }
    const detail::hook_scope scope(entry.owner);
    try {
        if (!is_wanted_back(entry)) {
            return false;
        }
        if (entry.hooks->resets_sessions && entry.reusable()) {
            const pg::scoped_call_limits limited(entry.session, patience_with_hooks(), {});
            pg::session_access::of(entry.session).restore_settings({});
        }
        return true;
    } catch (...) {
        return false;  // as documented
    }
}

void give_back(detail::connection_slot* entry) noexcept {
    const void* const pool = entry->owner;
    if (!entry->hooks->needs_more_on_release) [[likely]] {
        entry->owner->release(entry);
        return;
    }
    // Kept from here on, because a connection that is closed takes its entry with it.
    const std::shared_ptr<const detail::pool_hooks> hooks = entry->hooks;
    bool kept = false;
    if (is_made_ready(*entry)) {
        kept = entry->owner->release(entry);
    } else {
        entry->owner->discard(entry);
    }
    if (hooks->observer) {
        const detail::hook_scope scope(pool);
        hooks->observer->released({.kept = kept});
    }
}

// The action of the session's last pin.
void give_back_deferred(void* entry) noexcept {
    give_back(static_cast<detail::connection_slot*>(entry));
}

}  // namespace

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
