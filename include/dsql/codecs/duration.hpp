// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/codecs/ticks.hpp>
#include <dsql/interval.hpp>

#include <chrono>

namespace dsql {

namespace detail {

/// The microseconds of an `interval` that has no months and no days, or of a `time` since midnight.
[[nodiscard]] DSQL_EXPORT std::int64_t load_duration(const binary_value& value);

/// Not for months and years, which std::chrono defines as an average number of seconds, and
/// PostgreSQL does not.
template <class Duration>
concept elapsed_time = whole_ticks<Duration> &&
    std::ratio_less_equal_v<typename Duration::period, std::chrono::weeks::period>;

}  // namespace detail

/// `std::chrono::duration` of whole ticks up to weeks <-> `interval`, as its part that is counted
/// in microseconds; reads `time` too, since midnight. An interval with months or days is a
/// `conversion_error`: how long they are depends on when; read it as `dsql::interval`. So is a
/// value between two ticks. What is finer than PostgreSQL's microseconds is rounded down.
template <class Rep, class Period>
requires detail::elapsed_time<std::chrono::duration<Rep, Period>>
struct codec<std::chrono::duration<Rep, Period>> {
    using duration = std::chrono::duration<Rep, Period>;

    static std::string name() { return detail::duration_name<duration>(); }
    static constexpr oid type = oids::interval;
    static constexpr oid array_type = oids::interval_array;
    static constexpr bool reads(oid column) {
        return column == oids::interval || column == oids::time;
    }
    static duration read(const binary_value& value) {
        return detail::make_duration<duration>(
            detail::ticks_from_microseconds<duration>(detail::load_duration(value)));
    }
    static void write(byte_writer& out, const duration& value, oid target) {
        codec<interval>::write(out, as_interval(value), target);
    }
    static void write_text(byte_writer& out, const duration& value) {
        codec<interval>::write_text(out, as_interval(value));
    }

private:
    static interval as_interval(const duration& value) {
        return {0, 0,
                std::chrono::microseconds(
                    detail::microseconds_from_ticks<duration>(detail::count_of(value)))};
    }
};

}  // namespace dsql
