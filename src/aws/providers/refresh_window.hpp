// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dsql::detail {

/// How long before their end credentials with `life` left count as due for a refresh: 5 minutes up
/// to a life of 20 minutes, 15 minutes up to 90, else an hour: the advisory window that the AWS
/// SDKs share since 2026.
[[nodiscard]] constexpr std::chrono::minutes refresh_window(
    std::chrono::system_clock::duration life) noexcept {
    using std::chrono::minutes;
    if (life <= minutes(20)) {
        return minutes(5);
    }
    return life < minutes(90) ? minutes(15) : minutes(60);
}

}  // namespace dsql::detail
