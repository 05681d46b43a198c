// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/codecs/ticks.hpp>
#include <dsql/date_time.hpp>

#include <chrono>

namespace dsql {

namespace detail {

/// Since midnight, 0 to 24 hours. Throws `conversion_error` for anything else.
[[nodiscard]] DSQL_EXPORT std::chrono::microseconds load_time(const binary_value& value);
DSQL_EXPORT void put_time(byte_writer& out, std::chrono::microseconds since_midnight);
DSQL_EXPORT void put_time_text(byte_writer& out, std::chrono::microseconds since_midnight);
[[noreturn]] DSQL_EXPORT void throw_no_time_of_day();

/// The microseconds of a time of day, rounded down; more than a day if it is not a valid time of
/// day.
template <class Duration>
[[nodiscard]] std::chrono::microseconds since_midnight(
    const std::chrono::hh_mm_ss<Duration>& value) {
    // Checks the hours first, because with too many of them the sum would overflow.
    if (value.is_negative() || value.hours() > std::chrono::hours(24)) [[unlikely]] {
        throw_no_time_of_day();
    }
    return value.hours() + value.minutes() + value.seconds() +
           std::chrono::floor<std::chrono::microseconds>(value.subseconds());
}

}  // namespace detail

/// `std::chrono::hh_mm_ss` <-> `time`: 00:00 to 24:00, both included; any other is a
/// `conversion_error`. Reading a time between two ticks is one too. What is finer than PostgreSQL's
/// microseconds is rounded down. Source: PostgreSQL, "Times".
template <detail::whole_ticks Duration>
struct codec<std::chrono::hh_mm_ss<Duration>> {
    using value_type = std::chrono::hh_mm_ss<Duration>;

    static std::string name() {
        return "std::chrono::hh_mm_ss<" + detail::duration_name<Duration>() + ">";
    }
    static constexpr oid type = oids::time;
    static constexpr oid array_type = oids::time_array;
    static constexpr bool reads(oid column) { return column == type; }
    static value_type read(const binary_value& value) {
        return value_type(detail::make_duration<Duration>(
            detail::ticks_from_microseconds<Duration>(detail::load_time(value).count())));
    }
    static void write(byte_writer& out, const value_type& value, oid /*target*/) {
        detail::put_time(out, detail::since_midnight(value));
    }
    static void write_text(byte_writer& out, const value_type& value) {
        detail::put_time_text(out, detail::since_midnight(value));
    }
};

/// `dsql::time_with_time_zone` <-> `time with time zone`; a `conversion_error` if one of its fields
/// is out of its range.
template <>
struct codec<time_with_time_zone> {
    static std::string name() { return "dsql::time_with_time_zone"; }
    static constexpr oid type = oids::timetz;
    static constexpr oid array_type = oids::timetz_array;
    static constexpr bool reads(oid column) { return column == type; }
    static DSQL_EXPORT time_with_time_zone read(const binary_value& value);
    static DSQL_EXPORT void write(byte_writer& out, const time_with_time_zone& value, oid target);
    static DSQL_EXPORT void write_text(byte_writer& out, const time_with_time_zone& value);
};

}  // namespace dsql
