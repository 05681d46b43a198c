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

namespace dsql::detail {

/// What a `refreshing_provider` takes from outside; tests put their own here.
struct refresh_environment {
    using clock = std::chrono::system_clock;

    /// The wall clock: credentials expire by it, and it goes on while a machine sleeps.
    std::function<clock::time_point()> now = &clock::now;
    /// A number from 0 up to 1, for the length of a back-off.
    std::function<double()> random;
    /// Starts a refresh that no one waits for. Empty: a thread of the provider's own.
    std::function<void(std::function<void()>)> in_background{};
    pause_function pause = &interruptible_pause;

    refresh_environment();
};

/// A renewal that failed, or brought expired credentials, while there are others to go on with.
struct renewal_failure {
    std::uint64_t number = 0;  ///< counted from 1 by the provider
    std::string reason{};
    /// When the credentials in use end, or ended; none: they do not expire.
    std::optional<std::chrono::system_clock::time_point> expiration{};
    std::chrono::system_clock::time_point next_attempt{};
};

/// Keeps the credentials of one source and renews them ahead of need, as the AWS SDKs do since
/// 2026:
///
/// - In the advisory window (5 minutes before the end of credentials that live 20 minutes or less,
///   15 up to a life of 90, else an hour) a thread renews them while all callers go on with those
///   that are there. In the last minute, and after it, callers wait for one of them to renew.
/// - A renewal that fails, or brings credentials that have already expired, leaves the old ones in
///   use, and the source is left alone for 5 to 10 minutes. Whether they stay in use after their
///   expiration, and whether the first ones may have expired, is for the source to say (see
///   `after_expiration`). Those that stay are returned with an expiration 5 minutes after the next
///   attempt, 10 to 15 minutes after the failed one. After a renewal that brings credentials
///   already in their advisory window, the source is left alone for at most 30 seconds.
/// - A failure that only a person can mend is thrown at once, and again for 1 to 5 seconds without
///   asking the source. The first fetch throws whatever failure it meets.
/// - Credentials that are cheap to read again (`reuse::never`) are read at each call.
///
/// Callers who wait can give up. The fetch goes on for the others; when nobody is left, it is
/// stopped, and does not count as a renewal that has failed. A fetch in the advisory window, for
/// which nobody waits, is left to finish.
///
/// Safe from any thread. The destructor stops a fetch under way and waits for its thread, which
/// takes milliseconds. A forked child keeps the credentials, but for a fetch that was under way at
/// the fork: it makes its own.
class refreshing_provider final : public limited_provider {
public:
    explicit refreshing_provider(std::unique_ptr<credentials_source> source,
                                 refresh_environment environment = {});
    ~refreshing_provider() override;

    [[nodiscard]] credentials get() override { return get_within({}); }
    [[nodiscard]] credentials get_within(const call_limits& limits) override;
    [[nodiscard]] std::string activity() const override { return activity_.get(); }
    void invalidate(const std::string& access_key_id) noexcept override;

    /// Why the last fetch failed; empty when it did not.
    [[nodiscard]] std::string last_failure() const;

    /// The last renewal, if it failed and the credentials there were stayed in use.
    [[nodiscard]] std::optional<renewal_failure> last_renewal_failure() const;

private:
    using clock = refresh_environment::clock;
    using fetch_flight = flight<credentials>;

    // What is kept between two fetches.
    struct cached {
        credentials keys{};  // their expiration may have been extended
        std::optional<clock::time_point> expiration{};
        after_expiration expired_use{};
        clock::time_point fetched_at{};
        bool invalidated = false;

        cached(const fetched_credentials& fetched, clock::time_point now);
        [[nodiscard]] bool is_usable(clock::time_point now) const;
    };
    // A failure that is thrown without asking again.
    struct standing_failure {
        std::exception_ptr failure;
        clock::time_point since{};
        clock::time_point until{};
        bool thrown = false;
    };
    enum class state { fresh, advisory, mandatory };

    [[nodiscard]] state state_at(clock::time_point now) const;
    [[nodiscard]] bool is_backing_off(clock::time_point now) const;
    void leave_to_parent() noexcept;
    void end_fetch() noexcept;
    void throw_standing_failure(clock::time_point now);
    [[nodiscard]] credentials start_advisory(std::unique_lock<fork_safe_mutex>& lock);
    void start_mandatory(std::unique_lock<fork_safe_mutex>& lock, const call_limits& limits);
    [[nodiscard]] std::optional<credentials> await(fetch_flight& joined, bool is_late,
                                                   const call_limits& limits);
    [[nodiscard]] credentials take(fetch_flight::outcome ended);
    void fetch_for(fetch_flight& waiting, const std::stop_token& stop) noexcept;
    [[nodiscard]] credentials renew(const std::stop_token& stop);
    void rethrow_if_stopped(const std::stop_token& stop);
    [[nodiscard]] credentials accept(const fetched_credentials& fetched);
    void take_expired(const fetched_credentials& fetched, clock::time_point now);
    void start_backoff(clock::time_point now);
    void pause(clock::time_point now, clock::duration length);
    void pause_if_due(clock::time_point now);
    [[nodiscard]] credentials keep_the_old(const std::exception_ptr& failure,
                                           const std::string& reason);
    [[noreturn]] void keep_raising(const std::exception_ptr& failure, const std::string& reason);

    const std::unique_ptr<credentials_source> source_;
    const refresh_environment environment_;
    detail::activity activity_;
    fork_guard made_in_;  // guarded by mutex_
    mutable fork_safe_mutex mutex_;
    std::optional<cached> cached_;                    // guarded by mutex_
    std::optional<clock::time_point> backoff_since_;  // guarded by mutex_
    clock::time_point backoff_until_{};               // guarded by mutex_
    std::optional<standing_failure> standing_;        // guarded by mutex_
    std::string last_failure_;                        // guarded by mutex_
    std::optional<renewal_failure> renewal_failure_;  // guarded by mutex_
    std::uint64_t renewal_failures_ = 0;              // guarded by mutex_
    std::shared_ptr<fetch_flight> in_flight_;         // guarded by mutex_
    worker_thread worker_;                            // guarded by mutex_
    stopped_at_exit at_exit_;                         // last: it ends the thread
};

}  // namespace dsql::detail
