// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/time.hpp>

#include "pg/codecs/date_text.hpp"

#include <cstdlib>

namespace dsql {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// A time zone's offset is less than 16 hours. Source: PostgreSQL, src/include/datatype/timestamp.h.
constexpr seconds end_of_offsets = std::chrono::hours(16);

bool is_time(microseconds since_midnight) noexcept {
    return since_midnight >= microseconds(0) && since_midnight <= std::chrono::hours(24);
}

microseconds checked_time(microseconds since_midnight) {
    if (!is_time(since_midnight)) [[unlikely]] {
        detail::throw_no_time_of_day();
    }
    return since_midnight;
}

seconds checked_offset(seconds offset) {
    if (offset <= -end_of_offsets || offset >= end_of_offsets) {
        throw conversion_error("a time zone " + std::to_string(offset.count()) +
                               " seconds from UTC; it has to be less than 16 hours");
    }
    return offset;
}

void put_two_digits(byte_writer& out, std::int64_t number) {
    out.put_char(static_cast<char>('0' + number / 10));
    out.put_char(static_cast<char>('0' + number % 10));
}

// Writes an offset as PostgreSQL does: "+02", with minutes and seconds only if they are not zero.
void put_offset(byte_writer& out, seconds offset) {
    const std::int64_t magnitude = std::abs(std::int64_t(offset.count()));
    out.put_char(offset < seconds(0) ? '-' : '+');
    put_two_digits(out, magnitude / 3600);
    if (magnitude % 3600 != 0) {
        out.put_char(':');
        put_two_digits(out, magnitude / 60 % 60);
    }
    if (magnitude % 60 != 0) {
        out.put_char(':');
        put_two_digits(out, magnitude % 60);
    }
}

}  // namespace

void detail::throw_no_time_of_day() {
    throw conversion_error("the value is no time of day: those are from 00:00:00 to 24:00:00");
}

microseconds detail::load_time(const binary_value& value) {
    return checked_time(microseconds(load_integer<std::int64_t>(value)));
}

void detail::put_time(byte_writer& out, microseconds since_midnight) {
    out.put_int64(checked_time(since_midnight).count());
}

void detail::put_time_text(byte_writer& out, microseconds since_midnight) {
    pg::put_clock(out, checked_time(since_midnight).count());
}

time_with_time_zone codec<time_with_time_zone>::read(const binary_value& value) {
    constexpr std::size_t time_size = sizeof(std::int64_t);
    if (value.size != time_size + sizeof(std::int32_t)) {
        detail::throw_wrong_size(value);
    }
    const seconds west(
        detail::load_integer<std::int32_t>({value.data + time_size, sizeof(std::int32_t)}));
    return {detail::load_time({value.data, time_size}), checked_offset(-west)};
}

void codec<time_with_time_zone>::write(byte_writer& out, const time_with_time_zone& value,
                                       oid /*target*/) {
    const seconds west = -checked_offset(value.utc_offset);
    detail::put_time(out, value.time);
    out.put_int32(static_cast<std::int32_t>(west.count()));
}

void codec<time_with_time_zone>::write_text(byte_writer& out, const time_with_time_zone& value) {
    const seconds offset = checked_offset(value.utc_offset);
    detail::put_time_text(out, value.time);
    put_offset(out, offset);
}

}  // namespace dsql
