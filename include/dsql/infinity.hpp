// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dsql {

/// Whether a date or timestamp is PostgreSQL's 'infinity' or '-infinity'. C++ has no such time
/// points; the library takes the greatest and the least of the type for them, both ways. Source:
/// PostgreSQL, "Date/Time Types", special values.
template <class Clock, class Duration>
[[nodiscard]] constexpr bool is_infinite(
    const std::chrono::time_point<Clock, Duration>& point) noexcept {
    using time_point = std::chrono::time_point<Clock, Duration>;
    return point == time_point::max() || point == time_point::min();
}

}  // namespace dsql
