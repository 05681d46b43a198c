// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/pooled_connection.hpp>

#include "pg/session/limited_statements.hpp"
#include "pg/session/session_access.hpp"
#include "pool/connection_slot.hpp"
#include "pool/hook_scope.hpp"
#include "pool/nonblocking_scope.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <new>
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

void give_back_with_hooks(detail::connection_slot* entry) noexcept {
    const void* const pool = entry->owner;
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

void give_back_here(detail::connection_slot* entry) noexcept {
    if (entry->hooks->needs_more_on_release) [[unlikely]] {
        give_back_with_hooks(entry);
    } else {
        entry->owner->release(entry);
    }
}

void give_back(detail::connection_slot* entry) noexcept {
    if (!std::exchange(entry->returns_elsewhere, false)) [[likely]] {
        give_back_here(entry);
        return;
    }
    if (entry->hooks->may_wait_on_release) {
        try {
            entry->owner->run_elsewhere([entry] { give_back_with_hooks(entry); });
            return;
        } catch (const std::exception&) {
            static_cast<void>(0);  // no thread, or no memory for one: on this one
        }
    }
    const detail::nonblocking_scope scope;
    give_back_here(entry);
}

// The action that the session runs when its last pin is released.
void give_back_deferred(void* entry) noexcept {
    give_back(static_cast<detail::connection_slot*>(entry));
}

}  // namespace

namespace detail {

namespace {

void call_before_close(const void* pool, const pool_hooks& hooks, connection& closing) noexcept {
    const hook_scope scope(pool);
    try {
        const pg::scoped_call_limits limited(closing, hook_deadline(), {});
        hooks.before_close(closing);
    } catch (...) {
        return;  // the connection is closed anyway, and nobody can handle the exception
    }
}

}  // namespace

connection_slot::~connection_slot() {
    if (!hooks->before_close || !session.is_open()) {
        return;
    }
    if (!nonblocking_scope::is_active()) {
        call_before_close(owner, *hooks, session);
        return;
    }
    try {
        const auto moved = std::make_shared<connection>(std::move(session));
        try {
            owner->run_elsewhere(
                [moved, pool = owner, kept = hooks] { call_before_close(pool, *kept, *moved); });
        } catch (const std::exception&) {  // no thread: on this one
            call_before_close(owner, *hooks, *moved);
        }
    } catch (const std::bad_alloc&) {
        call_before_close(owner, *hooks, session);
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
