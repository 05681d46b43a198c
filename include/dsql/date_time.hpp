// SPDX-License-Identifier: Apache-2.0
// Values of PostgreSQL's dates and times that std::chrono does not have.
#pragma once

#include <dsql/export.hpp>

#include <chrono>

namespace dsql {

/// Whether a date or timestamp is PostgreSQL's 'infinity' or '-infinity'. C++ has no such time
/// points. The library represents them by the greatest and the least value of the type, in both
/// directions. Source: PostgreSQL, "Date/Time Types", special values.
template <class Clock, class Duration>
[[nodiscard]] constexpr bool is_infinite(
    const std::chrono::time_point<Clock, Duration>& point) noexcept {
    using time_point = std::chrono::time_point<Clock, Duration>;
    return point == time_point::max() || point == time_point::min();
}

/// PostgreSQL's `time with time zone`: a time of day and an offset from UTC. Values are equal if
/// both fields are, so the same moment in two time zones is two different values. Source:
/// PostgreSQL, "Times".
struct time_with_time_zone {
    /// The time since local midnight: from 0 to 24 hours, both included.
    std::chrono::microseconds time{};
    /// The offset from UTC, positive east of Greenwich. Less than 16 hours in either direction.
    std::chrono::seconds utc_offset{};

    [[nodiscard]] friend constexpr bool operator==(const time_with_time_zone&,
                                                   const time_with_time_zone&) noexcept = default;
};

}  // namespace dsql
