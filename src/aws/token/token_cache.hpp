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

namespace dsql::aws {

/// Caches one token while it is valid. When it is not, one thread makes the next token for all
/// callers. Each caller waits within its own limits; when the last caller has given up, the work is
/// stopped. Thread-safe. The destructor also stops the work and joins the thread, which takes
/// milliseconds.
class token_cache {
public:
    using clock = std::chrono::system_clock;
    using shared_token = std::shared_ptr<const std::string>;

    /// A token and the wall-clock time during which it may be returned to callers.
    struct entry {
        shared_token token{};
        clock::time_point not_before{};
        clock::time_point reuse_until{};
    };
    /// Makes a new token. It must return or throw within milliseconds after a stop request.
    using make_function = std::function<entry(const std::stop_token&)>;

    /// `make` is never called by two threads at the same time. `activity` describes, for error
    /// messages, what `make` is waiting for.
    explicit token_cache(make_function make, detail::activity_function activity = {});
    token_cache(const token_cache&) = delete;
    token_cache& operator=(const token_cache&) = delete;
    ~token_cache();

    /// Returns the cached token if it is valid at `now`, otherwise a new one. All callers that wait
    /// for the same new token get the same result. Throws what `make` throws; `cancelled_error` or
    /// `timeout_error` when a limit is reached first. Without limits, `make` runs on the caller's
    /// thread. A forked child starts without a token.
    [[nodiscard]] shared_token get(clock::time_point now, const call_limits& limits = {});

    /// Discards the cached token. A token that is being made at the moment is still cached when it
    /// is ready.
    void invalidate() noexcept;

private:
    using token_flight = detail::flight<shared_token>;

    struct memory {
        std::mutex mutex{};
        entry current{};                            // guarded by mutex
        std::shared_ptr<token_flight> in_flight{};  // guarded by mutex
        detail::worker_thread worker{};             // guarded by mutex

        [[nodiscard]] bool is_good(clock::time_point now) const noexcept;
    };

    void end_flight() noexcept;
    void start(memory& own, std::unique_lock<std::mutex>& lock, const call_limits& limits);
    void make_for(memory& own, token_flight& waiting, const std::stop_token& stop) noexcept;

    const make_function make_;
    const detail::activity_function activity_;
    detail::per_process<memory> memory_;
    detail::stopped_at_exit at_exit_;  // declared last, because it ends the thread
};

}  // namespace dsql::aws
