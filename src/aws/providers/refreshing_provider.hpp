// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/providers/provider_access.hpp"
#include "aws/providers/source.hpp"
#include "base/fork_guard.hpp"
#include "base/process_exit.hpp"
#include "base/single_flight.hpp"
#include "base/worker_thread.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace dsql::aws {

/// The clock, randomness and threads that a `refreshing_provider` uses. Tests replace them.
struct refresh_environment {
    using clock = std::chrono::system_clock;

    /// The wall clock. Credentials expire by wall-clock time, and this clock goes on while the
    /// machine sleeps.
    std::function<clock::time_point()> now = &clock::now;
    /// Returns a random number in [0, 1), which decides the length of a back-off.
    std::function<double()> random;
    /// Starts a refresh in the background. If empty, the provider uses its worker thread.
    std::function<void(std::function<void()>)> in_background{};
    detail::pause_function pause = &detail::interruptible_pause;

    refresh_environment();
};

/// A renewal that failed or returned expired credentials while the cached credentials stay in use.
struct renewal_failure {
    std::uint64_t number = 0;  ///< counted from 1 by the provider
    std::string reason{};
    /// When the cached credentials expire or have expired; empty when they do not expire.
    std::optional<std::chrono::system_clock::time_point> expiration{};
    std::chrono::system_clock::time_point next_attempt{};
};

/// Caches the credentials of one source and renews them before they expire, as the AWS SDKs do
/// since 2026:
///
/// - In the advisory window before the expiration (see `refresh_window`), a background thread
///   renews them while all callers get the cached ones. In the last minute before the expiration,
///   and after it, callers wait until one of them has renewed the credentials.
/// - When a renewal fails, or returns credentials that have already expired, the cached credentials
///   stay in use, and the next attempt follows after 5 to 10 minutes. The source decides whether
///   they stay in use after their expiration, and whether the first credentials may be expired (see
///   `after_expiration`). Credentials that stay in use are returned with an expiration 5 minutes
///   after the next attempt, which is 10 to 15 minutes after the failed one. After a renewal that
///   returns credentials already in their advisory window, the provider waits for at most
///   30 seconds before it contacts the source again.
/// - An error that only the user can resolve (`unrecoverable_credentials_error`) is thrown at once,
///   and again to all callers for 1 to 5 seconds without contacting the source. The first fetch
///   throws any error.
/// - Credentials with `reuse::never`, which are cheap to read, are fetched at each call.
///
/// A caller that waits can give up; the fetch continues for the others. When no caller is left, it
/// is stopped, and does not count as a failed renewal. A fetch in the advisory window is not
/// stopped, although no caller waits for it.
///
/// Thread-safe. The destructor stops a running fetch and joins its thread, which takes
/// milliseconds. A forked child keeps the cached credentials, but not a fetch that was in flight at
/// the fork: it starts its own.
class refreshing_provider final : public limited_provider {
public:
    explicit refreshing_provider(std::unique_ptr<credentials_source> source,
                                 refresh_environment environment = {});
    ~refreshing_provider() override;

    [[nodiscard]] credentials get() override { return get_within({}); }
    [[nodiscard]] credentials get_within(const call_limits& limits) override;
    [[nodiscard]] std::string activity() const override { return activity_.get(); }
    void invalidate(const std::string& access_key_id) noexcept override;

    /// Returns why the last fetch failed; empty when it succeeded.
    [[nodiscard]] std::string last_failure() const;

    /// Returns the last renewal, if it failed and the cached credentials stayed in use.
    [[nodiscard]] std::optional<renewal_failure> last_renewal_failure() const;

private:
    using clock = refresh_environment::clock;
    using fetch_flight = detail::flight<credentials>;

    // The cached credentials.
    struct cached {
        credentials keys{};  // their expiration may be an extended one
        std::optional<clock::time_point> expiration{};
        after_expiration expired_use{};
        clock::time_point fetched_at{};
        bool invalidated = false;

        cached(const fetched_credentials& fetched, clock::time_point now);
        [[nodiscard]] bool is_usable(clock::time_point now) const;
    };
    // An error that is thrown to callers for a short time without another fetch.
    struct repeated_error {
        std::exception_ptr failure;
        clock::time_point since{};
        clock::time_point until{};
        bool thrown = false;
    };
    enum class state { fresh, advisory, mandatory };

    [[nodiscard]] state state_at(clock::time_point now) const;
    [[nodiscard]] bool is_backing_off(clock::time_point now) const;
    void discard_parent_fetch() noexcept;
    void end_fetch() noexcept;
    void throw_repeated_error(clock::time_point now);
    [[nodiscard]] credentials start_advisory(std::unique_lock<detail::fork_safe_mutex>& lock);
    void start_mandatory(std::unique_lock<detail::fork_safe_mutex>& lock,
                         const call_limits& limits);
    [[nodiscard]] std::optional<credentials> await(fetch_flight& joined, bool is_late,
                                                   const call_limits& limits);
    [[nodiscard]] credentials take(fetch_flight::outcome ended);
    void fetch_for(fetch_flight& waiting, const std::stop_token& stop) noexcept;
    [[nodiscard]] credentials renew(const std::stop_token& stop);
    void rethrow_if_stopped(const std::stop_token& stop);
    [[nodiscard]] credentials accept(const fetched_credentials& fetched);
    void cache_expired(const fetched_credentials& fetched, clock::time_point now);
    void start_backoff(clock::time_point now);
    void pause(clock::time_point now, clock::duration length);
    void pause_if_due(clock::time_point now);
    [[nodiscard]] credentials keep_cached(const std::exception_ptr& failure,
                                          const std::string& reason);
    [[noreturn]] void throw_repeatedly(const std::exception_ptr& failure,
                                       const std::string& reason);

    const std::unique_ptr<credentials_source> source_;
    const refresh_environment environment_;
    aws::activity activity_;
    detail::fork_guard made_in_;  // guarded by mutex_
    mutable detail::fork_safe_mutex mutex_;
    std::optional<cached> cached_;                    // guarded by mutex_
    std::optional<clock::time_point> backoff_since_;  // guarded by mutex_
    clock::time_point backoff_until_{};               // guarded by mutex_
    std::optional<repeated_error> repeated_error_;    // guarded by mutex_
    std::string last_failure_;                        // guarded by mutex_
    std::optional<renewal_failure> renewal_failure_;  // guarded by mutex_
    std::uint64_t renewal_failures_ = 0;              // guarded by mutex_
    std::shared_ptr<fetch_flight> in_flight_;         // guarded by mutex_
    detail::worker_thread worker_;                    // guarded by mutex_
    detail::stopped_at_exit at_exit_;                 // declared last, because it ends the thread
};

}  // namespace dsql::aws
