// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include "base/fork_guard.hpp"
#include "base/process_exit.hpp"
#include "base/single_flight.hpp"
#include "base/worker_thread.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace dsql::detail {

/// Keeps one token while it is good and has one thread make the next. Callers can give up waiting
/// for it, each within limits of its own; when the last one has, the making is stopped. Safe from
/// any thread. The destructor stops it as well and waits for its thread, which takes milliseconds.
class token_cache {
public:
    using clock = std::chrono::system_clock;
    using shared_token = std::shared_ptr<const std::string>;

    /// A token and the span of wall-clock time in which it may be handed out.
    struct entry {
        shared_token token{};
        clock::time_point not_before{};
        clock::time_point reuse_until{};
    };
    /// Makes a new token; ends within milliseconds when it is told to stop.
    using make_function = std::function<entry(const std::stop_token&)>;

    /// `make` is never called twice at once. `activity` says what it waits for.
    explicit token_cache(make_function make, activity_function activity = {});
    token_cache(const token_cache&) = delete;
    token_cache& operator=(const token_cache&) = delete;
    ~token_cache();

    /// The token that is good at `now`, or a new one, or what `make` throws: the same for all who
    /// waited for it. Throws `cancelled_error` or `timeout_error` when a limit strikes first. Calls
    /// `make` on the caller's thread where no limit can strike. A forked child begins without a
    /// token.
    [[nodiscard]] shared_token get(clock::time_point now, const call_limits& limits = {});

    /// Forgets the token. One that is being made right now is kept.
    void invalidate() noexcept;

private:
    using token_flight = flight<shared_token>;

    struct memory {
        std::mutex mutex{};
        entry current{};                            // guarded by mutex
        std::shared_ptr<token_flight> in_flight{};  // guarded by mutex
        worker_thread worker{};                     // guarded by mutex

        [[nodiscard]] bool is_good(clock::time_point now) const noexcept;
    };

    void end_flight() noexcept;
    void start(memory& own, std::unique_lock<std::mutex>& lock, const call_limits& limits);
    void make_for(memory& own, token_flight& waiting, const std::stop_token& stop) noexcept;

    const make_function make_;
    const activity_function activity_;
    per_process<memory> memory_;
    stopped_at_exit at_exit_;  // last: it ends the thread
};

}  // namespace dsql::detail
