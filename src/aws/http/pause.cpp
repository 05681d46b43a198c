// SPDX-License-Identifier: Apache-2.0
#include "aws/http/pause.hpp"

#include "random_between.hpp"
#include "wait_until.hpp"

#include <algorithm>
#include <cmath>

namespace dsql::detail {

void interruptible_pause(std::chrono::milliseconds time, const std::stop_token& stop) {
    static_cast<void>(wait_until(std::chrono::steady_clock::now() + time, stop));
}

std::chrono::milliseconds backoff(int attempt, bool throttled) {
    const long long longest =
        std::min(20'000LL, (throttled ? 500LL : 50LL) << std::clamp(attempt - 1, 0, 10));
    return std::chrono::milliseconds(std::llround(random_between(0, static_cast<double>(longest))));
}

}  // namespace dsql::detail
