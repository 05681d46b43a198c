// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

namespace dsql::detail {

/// A number from `least` to below `most`, for jitter. Safe from any thread.
[[nodiscard]] inline double random_between(double least, double most) {
    thread_local std::minstd_rand random(std::random_device{}());
    return std::uniform_real_distribution<double>(least, most)(random);
}

}  // namespace dsql::detail
