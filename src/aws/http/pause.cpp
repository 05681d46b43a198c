// SPDX-License-Identifier: Apache-2.0
#include "aws/http/pause.hpp"

#include "wait_until.hpp"

#include <algorithm>
#include <random>

namespace dsql::detail {

void interruptible_pause(std::chrono::milliseconds time, const std::stop_token& stop) {
    static_cast<void>(wait_until(std::chrono::steady_clock::now() + time, stop));
}

std::chrono::milliseconds backoff(int attempt, bool throttled) {
    // Per thread, so that no lock is needed: which waits come out is of no consequence.
    thread_local std::minstd_rand generator(std::random_device{}());
    const long long longest =
        std::min(20'000LL, (throttled ? 500LL : 50LL) << std::clamp(attempt - 1, 0, 10));
    return std::chrono::milliseconds(std::uniform_int_distribution(0LL, longest)(generator));
}

}  // namespace dsql::detail
