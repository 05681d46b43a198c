// SPDX-License-Identifier: Apache-2.0
#include "aws/http/pause.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace dsql::detail {

void interruptible_pause(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, stop, time, [] { return false; });
}

std::chrono::milliseconds backoff(int attempt, bool throttled) {
    // Per thread, so that no lock is needed: which waits come out is of no consequence.
    thread_local std::minstd_rand generator(std::random_device{}());
    const long long longest =
        std::min(20'000LL, (throttled ? 500LL : 50LL) << std::clamp(attempt - 1, 0, 10));
    return std::chrono::milliseconds(std::uniform_int_distribution(0LL, longest)(generator));
}

}  // namespace dsql::detail
