// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

namespace dsql::detail {

/// Waits for a time, or until a stop is requested.
using pause_function = std::function<void(std::chrono::milliseconds, const std::stop_token&)>;

/// The one that really waits.
void interruptible_pause(std::chrono::milliseconds time, const std::stop_token& stop);

/// How long to wait after failed attempt number `attempt` (from 1): a random time up to
/// 50 ms * 2^(attempt-1), from 500 ms on when the service asked to slow down, at most 20 s ("full
/// jitter": AWS, "Exponential Backoff And Jitter").
[[nodiscard]] std::chrono::milliseconds backoff(int attempt, bool throttled);

}  // namespace dsql::detail
