// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>

#include <cstdint>
#include <string_view>

namespace dsql::pg {

/// A date in the proleptic Gregorian calendar. The year is astronomical: 0 is 1 BC.
struct civil_date {
    std::int64_t year{};
    unsigned month{};
    unsigned day{};
};

/// The date so many days after 1970-01-01. `std::chrono::year_month_day` ends at the year 32767,
/// PostgreSQL's dates go on to 5874897. `days` is at most 2^40 away from zero.
[[nodiscard]] constexpr civil_date civil_from_days(std::int64_t days) noexcept {
    constexpr std::int64_t days_of_400_years = 146'097;
    constexpr std::int64_t from_march_of_year_zero = 719'468;
    // Years begin in March here, so that the day that comes and goes is their last.
    const std::int64_t shifted = days + from_march_of_year_zero;
    const std::int64_t era =
        shifted / days_of_400_years - (shifted % days_of_400_years < 0 ? 1 : 0);
    const std::int64_t day_of_era = shifted - era * days_of_400_years;
    // Leap days are taken out: one each 4 years (1460 days and it), not each 100, but each 400.
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on the months have 31, 30, 31, 30, 31 days again and again: 153 in five of them.
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), static_cast<unsigned>(month),
            static_cast<unsigned>(day)};
}

/// What stands behind all else in a date before the year 1.
[[nodiscard]] constexpr std::string_view era_suffix(const civil_date& date) noexcept {
    return date.year > 0 ? "" : " BC";
}

/// "2024-02-29", the year with four digits or more and without its era.
void put_civil_date(byte_writer& out, const civil_date& date);

/// "23:59:59", with as much of a fraction as there is: ".25". Microseconds, from 0 to a day.
void put_clock(byte_writer& out, std::int64_t microseconds);

}  // namespace dsql::pg
