// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/detail/type_traits.hpp>

#include <chrono>
#include <concepts>
#include <limits>
#include <ratio>
#include <string>
#include <utility>

namespace dsql::detail {

/// The durations that have codecs: those with a whole number of ticks.
template <class Duration>
concept whole_ticks = integer_type<typename Duration::rep> &&
    std::same_as<Duration,
                 std::chrono::duration<typename Duration::rep, typename Duration::period>>;

/// The ratio of ticks to microseconds: `num` ticks of `Duration` are `den` microseconds.
template <class Duration>
using ticks_per_microsecond = std::ratio_divide<std::micro, typename Duration::period>;

[[noreturn]] DSQL_EXPORT void throw_ticks_do_not_fit();
[[noreturn]] DSQL_EXPORT void throw_between_ticks();
[[noreturn]] DSQL_EXPORT void throw_beyond_microseconds();

[[nodiscard]] inline std::int64_t product(std::int64_t a, std::int64_t b, void (*fail)()) {
    std::int64_t result = 0;
    if (__builtin_mul_overflow(a, b, &result)) [[unlikely]] {
        fail();
    }
    return result;
}

[[nodiscard]] inline std::int64_t sum(std::int64_t a, std::int64_t b, void (*fail)()) {
    std::int64_t result = 0;
    if (__builtin_add_overflow(a, b, &result)) [[unlikely]] {
        fail();
    }
    return result;
}

/// Converts microseconds to ticks exactly. Throws `conversion_error` if the time lies between two
/// ticks.
template <whole_ticks Duration>
[[nodiscard]] std::int64_t ticks_from_microseconds(std::int64_t microseconds) {
    using factor = ticks_per_microsecond<Duration>;
    const std::int64_t multiple = product(microseconds, factor::num, throw_ticks_do_not_fit);
    if constexpr (factor::den != 1) {
        if (multiple % factor::den != 0) [[unlikely]] {
            throw_between_ticks();
        }
    }
    return multiple / factor::den;
}

/// Converts ticks to microseconds, rounded down. Throws `conversion_error` if they do not fit in 64
/// bits.
template <whole_ticks Duration>
[[nodiscard]] std::int64_t microseconds_from_ticks(std::int64_t ticks) {
    using factor = ticks_per_microsecond<Duration>;
    const std::int64_t multiple = product(ticks, factor::den, throw_beyond_microseconds);
    const std::int64_t rest = multiple % factor::num;
    return multiple / factor::num - (rest < 0 ? 1 : 0);
}

/// The number of ticks as a 64-bit integer.
template <whole_ticks Duration>
[[nodiscard]] std::int64_t count_of(const Duration& duration) {
    if (!std::in_range<std::int64_t>(duration.count())) [[unlikely]] {
        throw_beyond_microseconds();
    }
    return static_cast<std::int64_t>(duration.count());
}

/// Makes a duration of this many ticks. Throws `conversion_error` if its type cannot hold them.
template <whole_ticks Duration>
[[nodiscard]] Duration make_duration(std::int64_t ticks) {
    using rep = typename Duration::rep;
    if (!std::in_range<rep>(ticks)) [[unlikely]] {
        throw_ticks_do_not_fit();
    }
    return Duration(static_cast<rep>(ticks));
}

/// The name of a duration, for messages.
template <class Duration>
[[nodiscard]] std::string duration_name() {
    using period = typename Duration::period;
    if constexpr (std::same_as<period, std::nano>) {
        return "std::chrono::nanoseconds";
    } else if constexpr (std::same_as<period, std::micro>) {
        return "std::chrono::microseconds";
    } else if constexpr (std::same_as<period, std::milli>) {
        return "std::chrono::milliseconds";
    } else if constexpr (std::same_as<period, std::ratio<1>>) {
        return "std::chrono::seconds";
    } else if constexpr (std::same_as<period, std::chrono::minutes::period>) {
        return "std::chrono::minutes";
    } else if constexpr (std::same_as<period, std::chrono::hours::period>) {
        return "std::chrono::hours";
    } else {
        return "std::chrono::duration";
    }
}

}  // namespace dsql::detail
