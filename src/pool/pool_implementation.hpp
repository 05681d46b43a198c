// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "base/notify_on_completion.hpp"
#include "base/process_exit.hpp"
#include "errors/value_free_error.hpp"
#include "pool/connection_factory.hpp"
#include "pool/connection_slot.hpp"
#include "pool/hook_scope.hpp"
#include "pool/maintenance_thread.hpp"
#include "pool/pool_limits.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

namespace dsql {

namespace detail {

/// What an acquire says that reached a limit while it checked a connection. The statement of the
/// check is not the caller's, so it does not matter whether it has run.
///@{
inline constexpr const char* check_timed_out =
    "acquire: the deadline passed while a connection was checked";
inline constexpr const char* check_stopped = "acquire: stopped while a connection was checked";
///@}

}  // namespace detail

// Shared, because a hook may destroy the pool while a function of the pool runs.
class pool::implementation : public std::enable_shared_from_this<pool::implementation> {
public:
    implementation(const config& settings, const pool_options& options)
        : implementation(settings, options, detail::checked_limits(options)) {}
    ~implementation() {
        if (is_in_hook()) {
            maintenance_.defer_join();  // the thread may be waiting for this hook, or be running it
        }
    }
    implementation(const implementation&) = delete;
    implementation& operator=(const implementation&) = delete;

    detail::connection_slot* acquire(const call_limits& limits, const source_location& where) {
        if (!checks_on_acquire_) [[likely]] {
            return engine_->acquire(limits, where);
        }
        return observer_ ? acquire_observed(limits, where) : acquire_checked(limits, where);
    }

    // Reports an acquire that did not have to wait.
    void report_immediate_acquire(const source_location& where) noexcept {
        if (observer_) {
            const detail::hook_scope hooks(engine_.get());
            observer_->acquire_ended(observer_->acquire_started({.where = where}), nullptr);
        }
    }

    detail::connection_pool_engine& engine() noexcept { return *engine_; }
    [[nodiscard]] int max_connections() const noexcept { return max_connections_; }
    /// See `pool::warm_up`.
    void warm_up(int connections, std::chrono::steady_clock::time_point until);

    [[nodiscard]] pool_stat stat() const {
        pool_stat now = engine_->stat();
        now.token_refreshes = connections_->token_refreshes();
        now.occ_retries = occ_retries_;
        return now;
    }

    void count_occ_retry(const retry_event& event) noexcept {
        ++occ_retries_;
        if (observer_) {
            const detail::hook_scope hooks(engine_.get());
            observer_->retrying(event);
        }
    }

    void close() noexcept {
        if (engine_->is_in_child()) {
            return;
        }
        engine_->close();
        if (is_in_hook()) {
            maintenance_.request_stop();
            return;
        }
        const std::lock_guard lock(stopping_);
        maintenance_.stop();
    }

    [[nodiscard]] bool is_in_hook() const noexcept {
        return detail::hook_scope::is_inside(engine_.get());
    }

    /// The parts of an acquire in steps; see `acquire_in_steps`.
    ///@{
    [[nodiscard]] dsql::observer* watcher() const noexcept { return observer_.get(); }
    [[nodiscard]] dsql::observer::span acquire_started(const source_location& where) noexcept {
        const detail::hook_scope hooks(engine_.get());
        return observer_->acquire_started({.where = where});
    }
    void acquire_ended(observer::span span, const std::exception* failure) noexcept {
        const detail::hook_scope hooks(engine_.get());
        detail::tell_failure(*observer_, failure, [&](const std::exception* shown) {
            observer_->acquire_ended(span, shown);
        });
    }
    [[nodiscard]] call_limits with_acquire_timeout(
        const call_limits& limits, std::chrono::steady_clock::time_point began) const {
        const auto latest = began + acquire_timeout_;
        return call_limits(limits.deadline() ? std::min(*limits.deadline(), latest) : latest,
                           limits.stop());
    }
    [[nodiscard]] bool needs_check(const detail::connection_slot& entry) const {
        return prepare_connection_ || is_ping_due(entry);
    }
    // Whether the caller can use the connection. If not, or if this throws, the connection has gone
    // back to the pool. May block.
    bool passes_checks(detail::connection_slot* entry, const call_limits& limits,
                       detail::acquire_history& history) {
        detail::unclaimed_slots unclaimed(*engine_, {&entry, 1});
        if (!passes_ping(*entry, limits)) {
            unclaimed.close(true);
            ++history.dead;
            return false;
        }
        if (!is_accepted_by_hook(*entry, limits, unclaimed)) {
            ++history.replaced;
            return false;
        }
        static_cast<void>(unclaimed.claim());
        return true;
    }
    ///@}

private:
    [[nodiscard]] bool is_ping_due(const detail::connection_slot& entry) const noexcept {
        return pings_ && detail::coarse_clock::now() - entry.idle_since >= ping_after_idle_;
    }

    implementation(const config& settings, const pool_options& options,
                   const detail::pool_limits& limits);

    detail::connection_slot* acquire_observed(const call_limits& limits,
                                              const source_location& where) {
        const std::shared_ptr<implementation> keep = shared_from_this();
        const observer::span span = acquire_started(where);
        return detail::notify_on_completion(
            [&] { return acquire_checked(limits, where); },
            [&](const std::exception* failure) { acquire_ended(span, failure); });
    }

    // Acquires until a connection passes the checks; all attempts together share one timeout.
    detail::connection_slot* acquire_checked(const call_limits& limits,
                                             const source_location& where) {
        const std::shared_ptr<implementation> keep = shared_from_this();
        detail::acquire_history history;
        const call_limits bounded = with_acquire_timeout(limits, history.began);
        while (true) {
            const auto round = call_limits::clock::now();
            detail::connection_slot* const entry = engine_->acquire(bounded, where, &history);
            const bool is_new = entry->is_new;
            if (passes_checks(entry, bounded, history)) {
                engine_->note_fit();
                return entry;
            }
            // Later new connections may fail the checks as well, so the loop must slow down.
            if (is_new) {
                engine_->delay_after_unfit(bounded, where, history, round);
            }
        }
    }

    // Whether the connection was in use recently, or responds to a ping if it was not. Throws when
    // a limit ends the ping, because that tells nothing about the connection.
    [[nodiscard]] bool passes_ping(detail::connection_slot& entry, const call_limits& limits) const;

    // Whether `prepare_connection`, if there is one, accepts the connection.
    [[nodiscard]] bool is_accepted_by_hook(detail::connection_slot& entry,
                                           const call_limits& limits,
                                           detail::unclaimed_slots& unclaimed) const {
        if (!prepare_connection_) {
            return true;
        }
        switch (call_prepare_connection(entry, limits, unclaimed)) {
            case prepare_action::use:
                return true;
            case prepare_action::replace:
                unclaimed.close();
                return false;
            case prepare_action::fail:
                break;
        }
        throw error("acquire: prepare_connection answered prepare_action::fail");
    }

    prepare_action call_prepare_connection(detail::connection_slot& entry,
                                           const call_limits& limits,
                                           detail::unclaimed_slots& unclaimed) const;

    const std::shared_ptr<observer> observer_;
    const std::function<prepare_action(connection&)> prepare_connection_;
    const std::chrono::milliseconds ping_after_idle_;
    const bool pings_;
    const bool checks_on_acquire_;
    const int max_connections_;
    const std::chrono::milliseconds acquire_timeout_;
    std::atomic<std::int64_t> occ_retries_ = 0;
    const std::shared_ptr<detail::connection_factory> connections_;
    const std::shared_ptr<detail::connection_pool_engine> engine_;
    std::mutex stopping_;
    detail::maintenance_thread maintenance_;
    // Declared last, because it ends the threads that use the other members.
    detail::stopped_at_exit at_exit_;
};

}  // namespace dsql
