// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

namespace fleet {

using seconds = std::chrono::duration<double>;

/// The clock of a simulation, for lifetimes and for waits alike. It stands still until
/// `event_queue` moves it.
struct simulated_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<simulated_clock>;
    static constexpr bool is_steady = true;

    static time_point now() noexcept { return time_point(elapsed); }
    static std::chrono::steady_clock::time_point wait_now() noexcept {
        return std::chrono::steady_clock::time_point(elapsed);
    }
    static inline duration elapsed{};
};

using time_of_wait = std::chrono::steady_clock::time_point;

/// What will happen in a simulation. Moves `simulated_clock`, so only one may exist at a time.
class event_queue {
public:
    event_queue() { simulated_clock::elapsed = std::chrono::hours(1); }

    [[nodiscard]] static time_of_wait now() noexcept { return simulated_clock::wait_now(); }

    /// Runs `event` at a time; at once if that has passed. Events of the same time run in the order
    /// of these calls.
    void at(time_of_wait time, std::function<void()> event) {
        waiting_.push({std::max(time, now()), ++last_, std::move(event)});
    }
    void after(seconds time, std::function<void()> event) {
        at(now() + std::chrono::duration_cast<simulated_clock::duration>(time), std::move(event));
    }

    /// Runs events until `is_over` returns true, or for `longest`. Returns whether it was over.
    bool run_until(const std::function<bool()>& is_over, seconds longest) {
        const auto end = now() + std::chrono::duration_cast<simulated_clock::duration>(longest);
        while (!is_over()) {
            if (waiting_.empty() || waiting_.top().time > end) {
                simulated_clock::elapsed = end.time_since_epoch();
                return is_over();
            }
            const std::function<void()> event = waiting_.top().run;
            simulated_clock::elapsed = waiting_.top().time.time_since_epoch();
            waiting_.pop();
            event();
        }
        return true;
    }
    /// Forgets all events, also those that their destructors add.
    void clear() {
        while (!waiting_.empty()) {
            static_cast<void>(std::exchange(waiting_, {}));
        }
    }
    void run_for(seconds time) {
        static_cast<void>(run_until([] { return false; }, time));
    }

private:
    struct scheduled {
        time_of_wait time;
        std::uint64_t number;
        std::function<void()> run;

        bool operator<(const scheduled& other) const noexcept {
            return time != other.time ? time > other.time : number > other.number;
        }
    };

    std::priority_queue<scheduled> waiting_;
    std::uint64_t last_ = 0;
};

}  // namespace fleet
