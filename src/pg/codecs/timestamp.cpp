// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/timestamp.hpp>

#include "pg/codecs/date_text.hpp"

namespace dsql::detail {

namespace {

constexpr std::int64_t microseconds_per_day = 86'400'000'000;
constexpr std::int64_t epoch_day = 10'957;  // days from 1970-01-01 to 2000-01-01

}  // namespace

void throw_no_timestamp(std::int64_t microseconds) {
    throw conversion_error("a timestamp " + std::to_string(microseconds) +
                           " microseconds from 2000-01-01");
}

void check_timestamp(std::int64_t microseconds) {
    if (!is_finite_timestamp(microseconds)) [[unlikely]] {
        throw conversion_error("a timestamp " + std::to_string(microseconds) +
                               " microseconds from 2000-01-01 is outside of PostgreSQL's: "
                               "4714-11-24 BC to 294276-12-31");
    }
}

void put_timestamp_text(byte_writer& out, std::int64_t microseconds, std::string_view zone) {
    if (microseconds == timestamp_infinity) {
        return out.put("infinity");
    }
    if (microseconds == timestamp_negative_infinity) {
        return out.put("-infinity");
    }
    const std::int64_t time =
        (microseconds % microseconds_per_day + microseconds_per_day) % microseconds_per_day;
    const std::int64_t day = (microseconds - time) / microseconds_per_day;
    const pg::civil_date date = pg::civil_from_days(day + epoch_day);
    pg::put_civil_date(out, date);
    out.put_char(' ');
    pg::put_clock(out, time);
    out.put(zone);
    out.put(pg::era_suffix(date));
}

}  // namespace dsql::detail
