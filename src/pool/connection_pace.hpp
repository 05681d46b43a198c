// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dsql::detail {

/// A token bucket. Callers pass in the time, so that tests need not wait. Not thread-safe: the
/// owner locks.
class token_bucket {
public:
    using clock = std::chrono::steady_clock;

    /// Starts full. Precondition: both arguments are greater than zero.
    token_bucket(double per_second, double capacity) noexcept
        : per_second_(per_second), capacity_(capacity), tokens_(capacity) {}

    /// Returns how long it takes until there is a token; zero if there is one.
    [[nodiscard]] clock::duration wait(clock::time_point now) noexcept;

    /// Takes a token. Precondition: `wait` has returned zero.
    void take() noexcept { tokens_ -= 1; }

    /// Removes all tokens.
    void drain() noexcept;

    /// Lowers the rate and the capacity to these values. Never raises either.
    void lower_to(double per_second, double capacity) noexcept;

    [[nodiscard]] double per_second() const noexcept { return per_second_; }

private:
    double per_second_;
    double capacity_;
    double tokens_;
    clock::time_point filled_at_{};
};

/// How a connect ended, as far as it tells how many connects the cluster can take.
enum class connect_end {
    connected,  ///< the cluster has accepted it
    refused,    ///< the cluster has too many new or open connections
    failed,     ///< it failed in another way, for example because the network is down
    abandoned,  ///< nobody needed it any more; this tells nothing
};

/// Decides when a process may begin to connect to a cluster. The process has an allowance of its
/// own, a token bucket. But a cluster has one allowance for all processes, and a process does not
/// know how many others there are. It learns about them only when the cluster refuses a connect.
///
/// - After a refusal, connects begin one at a time, with a pause between them: 2 s at first.
///   Another refusal makes it three or four times as long, up to 12 s; a success makes it a third
///   shorter, and time halves it every 12 s. Since every process sees the same share of refusals,
///   their pauses approach each other, until all processes together connect about as fast as the
///   cluster allows. A thousand processes with the longest pause make about a hundred connects a
///   second.
/// - A process that has no connection yet, or whose network was down, pauses for 1.5 s at most, so
///   that it does not have to wait for those that have some.
/// - The first connect of a process goes alone, and each success allows one more at the same time.
///   Otherwise the first refusals would be as many as all processes together can begin at once.
///   Nobody waits for a connect that takes more than 250 ms.
///
/// Callers pass in the time. Not thread-safe: the owner locks.
class connection_pace {
public:
    using clock = token_bucket::clock;

    /// Precondition: both arguments are greater than zero.
    connection_pace(double per_second, double capacity) noexcept
        : allowance_(per_second, capacity) {}

    /// Returns when the next connect may begin, if none ends before; `now` if it may begin at once.
    [[nodiscard]] clock::time_point next(clock::time_point now) noexcept;

    /// Records that a connect begins. Precondition: `next(now)` has returned `now`.
    void begin(clock::time_point now) noexcept;

    /// Records how the connect that began at `began` has ended.
    void end(connect_end how, clock::time_point began, clock::time_point now) noexcept;

    /// Lowers the allowance to these values. Never raises it.
    void lower_to(double per_second, double capacity) noexcept {
        allowance_.lower_to(per_second, capacity);
    }

    /// The pause between two connects; zero unless the cluster has refused one lately.
    [[nodiscard]] std::chrono::duration<double> pause() const noexcept { return pause_; }

private:
    void connected(clock::time_point now) noexcept;
    void refused(clock::time_point now) noexcept;
    void start_pause(clock::time_point now) noexcept;
    // Makes the pause shorter by the time that has passed.
    void shorten(clock::time_point now) noexcept;

    token_bucket allowance_;
    int under_way_ = 0;
    int most_at_once_ = 1;
    bool has_connected_ = false;  // since the process began or a connect failed
    bool was_refused_ = false;    // the last connect that ended
    clock::time_point last_began_{};
    std::chrono::duration<double> pause_{};
    clock::time_point shortened_at_{};
    clock::time_point paused_until_{};
    clock::time_point refused_at_{};
};

}  // namespace dsql::detail
