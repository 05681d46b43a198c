// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/language.hpp>

#include <chrono>

namespace dsql {

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
