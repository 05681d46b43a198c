// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/codecs/ticks.hpp>
#include <dsql/date_time.hpp>

#include <chrono>

namespace dsql {

namespace detail {

/// The epoch of PostgreSQL's timestamps, 2000-01-01.
inline constexpr std::chrono::seconds postgres_epoch{946'684'800};

/// What PostgreSQL sends for 'infinity' and '-infinity'.
inline constexpr std::int64_t timestamp_infinity = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t timestamp_negative_infinity =
    std::numeric_limits<std::int64_t>::min();

/// The first of PostgreSQL's timestamps, 4714-11-24 BC, and the end of their range, the first
/// moment of 294277. Source: PostgreSQL, src/include/datatype/timestamp.h.
inline constexpr std::int64_t first_timestamp = -211'813'488'000'000'000;
inline constexpr std::int64_t end_of_timestamps = 9'223'371'331'200'000'000;

[[nodiscard]] constexpr bool is_finite_timestamp(std::int64_t microseconds) noexcept {
    return microseconds >= first_timestamp && microseconds < end_of_timestamps;
}

[[noreturn]] DSQL_EXPORT void throw_no_timestamp(std::int64_t microseconds);

/// The microseconds since 2000-01-01, or one of the infinities. Throws `conversion_error` for bytes
/// that are not a timestamp.
[[nodiscard]] inline std::int64_t load_timestamp(const binary_value& value) {
    const auto microseconds = load_integer<std::int64_t>(value);
    if (!is_finite_timestamp(microseconds) && microseconds != timestamp_infinity &&
        microseconds != timestamp_negative_infinity) [[unlikely]] {
        throw_no_timestamp(microseconds);
    }
    return microseconds;
}
/// Throws `conversion_error` if this many microseconds since 2000-01-01 are out of the range of
/// PostgreSQL's timestamps.
DSQL_EXPORT void check_timestamp(std::int64_t microseconds);
/// `zone` is the text after a finite timestamp: "+00" or nothing.
DSQL_EXPORT void put_timestamp_text(byte_writer& out, std::int64_t microseconds,
                                    std::string_view zone);

/// The durations that time points can have: a day must be a whole number of them.
template <class Duration>
concept part_of_day =
    whole_ticks<Duration> &&
        std::ratio_divide<std::chrono::days::period, typename Duration::period>::den == 1 &&
    !std::same_as<typename Duration::period, std::chrono::days::period>;

/// Whether a tick is longer than a microsecond. The epoch is changed in the coarser of the two
/// units, in which the whole range fits if it fits at all.
template <class Duration>
inline constexpr bool above_microseconds = ticks_per_microsecond<Duration>::den != 1;

template <class Duration>
inline constexpr std::int64_t epoch_ticks =
    std::ratio_divide<std::ratio<postgres_epoch.count()>, typename Duration::period>::num;

/// From microseconds since 2000 to ticks since 1970.
template <part_of_day Duration>
[[nodiscard]] std::int64_t timestamp_ticks(std::int64_t microseconds) {
    if constexpr (above_microseconds<Duration>) {
        return sum(ticks_from_microseconds<Duration>(microseconds), epoch_ticks<Duration>,
                   throw_ticks_do_not_fit);
    } else {
        return ticks_from_microseconds<Duration>(
            sum(microseconds, epoch_ticks<std::chrono::microseconds>, throw_ticks_do_not_fit));
    }
}

/// From ticks since 1970 to microseconds since 2000, rounded down.
template <part_of_day Duration>
[[nodiscard]] std::int64_t timestamp_microseconds(std::int64_t ticks) {
    if constexpr (above_microseconds<Duration>) {
        return microseconds_from_ticks<Duration>(
            sum(ticks, -epoch_ticks<Duration>, throw_beyond_microseconds));
    } else {
        return sum(microseconds_from_ticks<Duration>(ticks),
                   -epoch_ticks<std::chrono::microseconds>, throw_beyond_microseconds);
    }
}

/// `std::chrono::time_point<Clock, Duration>` <-> one of the two timestamp types.
template <class TimePoint>
struct timestamp_codec {
    using duration = typename TimePoint::duration;

    static TimePoint read(const binary_value& value) {
        const std::int64_t microseconds = load_timestamp(value);
        if (microseconds == timestamp_infinity) [[unlikely]] {
            return TimePoint::max();
        }
        if (microseconds == timestamp_negative_infinity) [[unlikely]] {
            return TimePoint::min();
        }
        const TimePoint point(make_duration<duration>(timestamp_ticks<duration>(microseconds)));
        if (is_infinite(point)) [[unlikely]] {
            throw_ticks_do_not_fit();  // it would represent another value
        }
        return point;
    }

    /// The value that is sent: microseconds since 2000.
    static std::int64_t encoded(const TimePoint& value) {
        if (value == TimePoint::max()) [[unlikely]] {
            return timestamp_infinity;
        }
        if (value == TimePoint::min()) [[unlikely]] {
            return timestamp_negative_infinity;
        }
        const std::int64_t microseconds =
            timestamp_microseconds<duration>(count_of(value.time_since_epoch()));
        check_timestamp(microseconds);
        return microseconds;
    }

    static void write(byte_writer& out, const TimePoint& value, oid /*target*/) {
        out.put_int64(encoded(value));
    }
};

}  // namespace detail

/// `std::chrono::sys_time` of anything finer than days <-> `timestamp with time zone`; infinities
/// as `is_infinite` says. Reading one that lies between two ticks, or beyond them, is a
/// `conversion_error`; so is writing one outside of 4714-11-24 BC to 294276-12-31. What is finer
/// than PostgreSQL's microseconds is rounded down. Source: PostgreSQL, "Date/Time Types".
template <detail::part_of_day Duration>
struct codec<std::chrono::sys_time<Duration>>
    : detail::timestamp_codec<std::chrono::sys_time<Duration>> {
    static std::string name() {
        return "std::chrono::sys_time<" + detail::duration_name<Duration>() + ">";
    }
    static constexpr oid type = oids::timestamptz;
    static constexpr oid array_type = oids::timestamptz_array;
    static constexpr bool reads(oid column) { return column == type; }
    static void write_text(byte_writer& out, const std::chrono::sys_time<Duration>& value) {
        detail::put_timestamp_text(out, codec::encoded(value), "+00");
    }
};

/// `std::chrono::local_time` of anything finer than days <-> `timestamp`; otherwise as
/// `std::chrono::sys_time`.
template <detail::part_of_day Duration>
struct codec<std::chrono::local_time<Duration>>
    : detail::timestamp_codec<std::chrono::local_time<Duration>> {
    static std::string name() {
        return "std::chrono::local_time<" + detail::duration_name<Duration>() + ">";
    }
    static constexpr oid type = oids::timestamp;
    static constexpr oid array_type = oids::timestamp_array;
    static constexpr bool reads(oid column) { return column == type; }
    static void write_text(byte_writer& out, const std::chrono::local_time<Duration>& value) {
        detail::put_timestamp_text(out, codec::encoded(value), {});
    }
};

}  // namespace dsql
