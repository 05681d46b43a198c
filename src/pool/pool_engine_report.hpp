// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: error messages and statistics.
#pragma once

#include "base/process_exit.hpp"
#include "errors/statement_context.hpp"
#include "pool/pool_engine.hpp"

namespace dsql::detail {

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::require_own_process() const {
    if (made_in_.is_in_child()) {
        if (is_exiting()) {
            throw error("the process is exiting, and its pools are closed");
        }
        throw error(
            "the pool was made before fork(): its connections are the parent process's; make "
            "a pool of its own in the child");
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::throw_closed() {
    throw pool_closed_error("acquire: the pool is closed");
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::throw_if_closed() const {
    if (closed_) {
        throw_closed();
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::throw_timeout(const acquire_history& history,
                                              wait_clock::time_point until,
                                              const source_location& where) {
    ++counters_.acquire_timeouts;
    const auto waited =
        std::max(std::chrono::ceil<milliseconds>(until - history.began), milliseconds(0));
    std::string text = "acquire: no connection within " + std::to_string(waited.count()) + " ms";
    if (history.replaced > 0) {
        text += "; prepare_connection answered prepare_action::replace to " +
                std::to_string(history.replaced) + " of those that it got";
    }
    if (history.dead > 0) {
        text += "; " + std::to_string(history.dead) + " did not answer a ping";
    }
    throw timeout_error(text + counts_and_failure() + statement_context({}, where));
}

template <class Entry, class Clock>
std::string pool_engine<Entry, Clock>::counts_and_failure() const {
    const pool_stat now = stat_locked();
    std::string text = " (total " + std::to_string(now.total_connections) + " of " +
                       std::to_string(now.max_connections) + ", acquired " +
                       std::to_string(now.acquired_connections) + ", idle " +
                       std::to_string(now.idle_connections) + ", constructing " +
                       std::to_string(now.constructing_connections) + ", waiting " +
                       std::to_string(now.waiting) + ")";
    if (!last_connect_failure_.empty()) {
        text += "; last connect failure: " + last_connect_failure_;
    }
    return text;
}

template <class Entry, class Clock>
pool_stat pool_engine<Entry, Clock>::stat() const {
    if (made_in_.is_in_child()) {
        return {};
    }
    const std::lock_guard lock(mutex_);
    return stat_locked();
}

template <class Entry, class Clock>
pool_stat pool_engine<Entry, Clock>::stat_locked() const noexcept {
    pool_stat now = counters_;
    now.max_connections = limits_.max_connections;
    now.total_connections = live() + constructing_;
    now.idle_connections = idle_count();
    now.acquired_connections = live() - now.idle_connections;
    now.constructing_connections = constructing_;
    now.waiting = waiters_.size();
    return now;
}

}  // namespace dsql::detail
