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

/// Returns the date that is `days` days after 1970-01-01. `std::chrono::year_month_day` ends at the
/// year 32767, PostgreSQL's dates at 5874897. Precondition: the absolute value of `days` is at most
/// 2^40.
[[nodiscard]] constexpr civil_date civil_from_days(std::int64_t days) noexcept {
    constexpr std::int64_t days_of_400_years = 146'097;
    constexpr std::int64_t from_march_of_year_zero = 719'468;
    // Years begin in March here, so that the leap day is the last day of a year.
    const std::int64_t shifted = days + from_march_of_year_zero;
    const std::int64_t era =
        shifted / days_of_400_years - (shifted % days_of_400_years < 0 ? 1 : 0);
    const std::int64_t day_of_era = shifted - era * days_of_400_years;
    // Removes the leap days: one every 4 years (after 1460 days), none every 100 years, but one
    // every 400 years.
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const std::int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, the lengths of the months repeat 31, 30, 31, 30, 31: 153 days in five months.
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), static_cast<unsigned>(month),
            static_cast<unsigned>(day)};
}

/// Returns the suffix of a date before the year 1, which comes last in its text.
[[nodiscard]] constexpr std::string_view era_suffix(const civil_date& date) noexcept {
    return date.year > 0 ? "" : " BC";
}

/// Writes "2024-02-29": the year has at least four digits and no era.
void put_civil_date(byte_writer& out, const civil_date& date);

/// Writes "23:59:59", with a fraction such as ".25" if there is one. Precondition: `microseconds`
/// is from 0 to one day.
void put_clock(byte_writer& out, std::int64_t microseconds);

}  // namespace dsql::pg
