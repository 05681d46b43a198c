// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/export.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

namespace dsql {

/// PostgreSQL's `interval`. Its three parts are separate, because a month has no fixed number of
/// days and a day no fixed number of hours. Each part has its own sign. Intervals are equal if all
/// parts are: one month does not equal 30 days here, although it does with PostgreSQL's `=`.
/// Source: PostgreSQL, "Interval Input".
struct DSQL_EXPORT interval {
    std::int32_t months{};             ///< years count as twelve
    std::int32_t days{};               ///< weeks count as seven
    std::chrono::microseconds time{};  ///< hours, minutes, seconds

    [[nodiscard]] friend constexpr bool operator==(const interval&,
                                                   const interval&) noexcept = default;

    /// PostgreSQL's 'infinity' (17 and later): all parts at their greatest.
    [[nodiscard]] static constexpr interval infinite() noexcept {
        return {std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max(),
                std::chrono::microseconds::max()};
    }
    /// PostgreSQL's '-infinity' (17 and later): all parts at their least.
    [[nodiscard]] static constexpr interval negative_infinite() noexcept {
        return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::min(),
                std::chrono::microseconds::min()};
    }

    /// In the form of ISO 8601, for example "P1Y2M3DT4H5M6.7S", with a sign before each number that
    /// is negative; "infinity" and "-infinity". PostgreSQL reads it back unchanged.
    [[nodiscard]] std::string to_string() const;
};

/// `dsql::interval` <-> `interval`.
template <>
struct codec<interval> {
    static std::string name() { return "dsql::interval"; }
    static constexpr oid type = oids::interval;
    static constexpr oid array_type = oids::interval_array;
    static constexpr bool reads(oid column) { return column == type; }
    static DSQL_EXPORT interval read(const binary_value& value);
    static DSQL_EXPORT void write(byte_writer& out, const interval& value, oid target);
    static void write_text(byte_writer& out, const interval& value) { out.put(value.to_string()); }
};

}  // namespace dsql
