// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fleet/simulated_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace fleet {

/// The quotas of a cluster. Source: Aurora DSQL User Guide, "Cluster quotas".
struct cluster_quotas {
    double per_second = 100;
    double burst = 1'000;
    int most_open = 10'000;
};

/// What a cluster answers to a connect.
enum class answer { accepted, rate_exceeded, too_many_connections, unreachable };

/// A model of a cluster: the token bucket of its new connections, and the number of its open ones.
class simulated_cluster {
public:
    explicit simulated_cluster(const cluster_quotas& quotas)
        : quotas_(quotas), tokens_(quotas.burst) {}

    [[nodiscard]] const cluster_quotas& quotas() const noexcept { return quotas_; }

    /// A connect that arrives now. One that is refused takes no token.
    [[nodiscard]] answer connect() {
        if (is_down_) {
            return answer::unreachable;
        }
        fill();
        if (open_ >= quotas_.most_open) {
            ++refused_;
            return answer::too_many_connections;
        }
        if (tokens_ < 1) {
            ++refused_;
            return answer::rate_exceeded;
        }
        tokens_ -= 1;
        ++open_;
        count_accepted();
        return answer::accepted;
    }

    /// Breaks all connections and answers no more.
    void go_down() {
        is_down_ = true;
        open_ = 0;
        ++restarts_;
    }
    /// Answers again, with a full token bucket.
    void come_back() {
        is_down_ = false;
        tokens_ = quotas_.burst;
        filled_at_ = simulated_clock::now();
    }

    /// The number of breakdowns so far, which tells a connection whether it is still open.
    [[nodiscard]] int restarts() const noexcept { return restarts_; }
    /// A connection that was made after so many breakdowns has been closed.
    void closed(int made_after) noexcept { open_ -= made_after == restarts_ ? 1 : 0; }

    [[nodiscard]] int open() const noexcept { return open_; }
    [[nodiscard]] long accepted() const noexcept { return accepted_; }
    [[nodiscard]] long refused() const noexcept { return refused_; }
    /// The most connections that were accepted in one of the minutes since `since`.
    [[nodiscard]] int busiest_minute(simulated_clock::time_point since) const {
        const auto first = std::min(minute_of(since) + 1, accepted_in_.size());
        return first == accepted_in_.size()
                   ? 0
                   : *std::max_element(accepted_in_.begin() + static_cast<std::ptrdiff_t>(first),
                                       accepted_in_.end());
    }

private:
    [[nodiscard]] static std::size_t minute_of(simulated_clock::time_point time) {
        return static_cast<std::size_t>(time.time_since_epoch() / std::chrono::minutes(1));
    }

    void fill() {
        const auto now = simulated_clock::now();
        const seconds passed = now - filled_at_;
        tokens_ = std::min(quotas_.burst, tokens_ + passed.count() * quotas_.per_second);
        filled_at_ = now;
    }

    void count_accepted() {
        ++accepted_;
        accepted_in_.resize(std::max(accepted_in_.size(), minute_of(simulated_clock::now()) + 1));
        ++accepted_in_.back();
    }

    const cluster_quotas quotas_;
    double tokens_;
    simulated_clock::time_point filled_at_ = simulated_clock::now();
    bool is_down_ = false;
    int restarts_ = 0;
    int open_ = 0;
    long accepted_ = 0;
    long refused_ = 0;
    std::vector<int> accepted_in_{};  // in each minute
};

}  // namespace fleet
