// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool_options.hpp>

#include <chrono>
#include <optional>

namespace dsql::detail {

/// The limits of `pool_options`, checked and with their defaults filled in.
struct pool_limits {
    int max_connections = 4;
    int min_connections = 0;
    int min_idle_connections = 0;
    std::chrono::milliseconds max_lifetime{};
    double lifetime_jitter = 0;
    std::chrono::milliseconds max_idle_time{};
    std::chrono::milliseconds health_check_period{};
    std::chrono::milliseconds acquire_timeout{};
    std::optional<int> max_waiters{};  ///< none: any number
    int max_concurrent_connects = 8;
    /// Whether idle connections are checked before they are handed out.
    bool passive_check = true;
    std::chrono::milliseconds leak_threshold{};
};

/// Checks the options of a pool and returns its limits. Throws `config_error`.
[[nodiscard]] pool_limits checked_limits(const pool_options& options);

}  // namespace dsql::detail
