// SPDX-License-Identifier: Apache-2.0
// What PostgreSQL has among dates and times, and std::chrono has not.
#pragma once

#include <dsql/export.hpp>

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

/// PostgreSQL's `time with time zone`: a time of day somewhere. Equality is by the fields, so the
/// same moment told in two zones is two values. Source: PostgreSQL, "Times".
struct time_with_time_zone {
    /// Since midnight there: from 0 to 24 hours, both included.
    std::chrono::microseconds time{};
    /// How far ahead of UTC its clocks are: positive east of Greenwich. Less than 16 hours either
    /// way.
    std::chrono::seconds utc_offset{};

    [[nodiscard]] friend constexpr bool operator==(const time_with_time_zone&,
                                                   const time_with_time_zone&) noexcept = default;
};

}  // namespace dsql
