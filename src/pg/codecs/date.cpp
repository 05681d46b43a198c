// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/date.hpp>
#include <dsql/codecs/integers.hpp>

#include "pg/codecs/date_text.hpp"

#include <limits>

namespace dsql::pg {

namespace {

void put_two_digits(byte_writer& out, std::int64_t number) {
    out.put_char(static_cast<char>('0' + number / 10));
    out.put_char(static_cast<char>('0' + number % 10));
}

void put_year(byte_writer& out, std::int64_t year) {
    if (year >= 10'000) {
        return detail::put_number_text(out, static_cast<long long>(year));
    }
    put_two_digits(out, year / 100);
    put_two_digits(out, year % 100);
}

// `unit` is the weight of the first digit.
void put_fraction(byte_writer& out, std::int64_t rest, std::int64_t unit) {
    if (rest == 0) {
        return;
    }
    out.put_char('.');
    for (; rest != 0; rest %= unit, unit /= 10) {
        out.put_char(static_cast<char>('0' + rest / unit));
    }
}

}  // namespace

void put_civil_date(byte_writer& out, const civil_date& date) {
    put_year(out, date.year > 0 ? date.year : 1 - date.year);
    out.put_char('-');
    put_two_digits(out, date.month);
    out.put_char('-');
    put_two_digits(out, date.day);
}

void put_clock(byte_writer& out, std::int64_t microseconds) {
    constexpr std::int64_t second = 1'000'000;
    put_two_digits(out, microseconds / (3600 * second));
    out.put_char(':');
    put_two_digits(out, microseconds / (60 * second) % 60);
    out.put_char(':');
    put_two_digits(out, microseconds / second % 60);
    put_fraction(out, microseconds % second, second / 10);
}

}  // namespace dsql::pg

namespace dsql {

namespace {

using std::chrono::days;

// PostgreSQL counts dates from 2000-01-01. These limits are days since 1970-01-01.
constexpr std::int64_t epoch = 10'957;
constexpr std::int64_t first_day = epoch - 2'451'545;     // 4714-11-24 BC
constexpr std::int64_t last_day = epoch + 2'145'031'948;  // 5874897-12-31

constexpr std::int32_t infinity = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t negative_infinity = std::numeric_limits<std::int32_t>::min();

bool is_date(std::int64_t since_1970) noexcept {
    return since_1970 >= first_day && since_1970 <= last_day;
}

void check_date(days since_1970) {
    if (!is_date(since_1970.count())) {
        throw conversion_error("a date that is " + std::to_string(since_1970.count()) +
                               " days from 1970-01-01 is outside of PostgreSQL's: 4714-11-24 BC "
                               "to 5874897-12-31");
    }
}

std::string date_text(days since_1970) {
    byte_writer text;
    detail::put_date_text(text, since_1970);
    return std::string(text.view());
}

days checked_days(const std::chrono::year_month_day& date) {
    if (!date.ok()) {
        throw conversion_error("there is no date of year " +
                               std::to_string(static_cast<int>(date.year())) + ", month " +
                               std::to_string(static_cast<unsigned>(date.month())) + ", day " +
                               std::to_string(static_cast<unsigned>(date.day())));
    }
    return std::chrono::sys_days(date).time_since_epoch();
}

bool fits_year(std::int64_t year) noexcept {
    return year >= static_cast<int>(std::chrono::year::min()) &&
           year <= static_cast<int>(std::chrono::year::max());
}

}  // namespace

days detail::load_date(const binary_value& value) {
    const auto count = load_integer<std::int32_t>(value);
    if (count == infinity) {
        return days::max();
    }
    if (count == negative_infinity) {
        return days::min();
    }
    const std::int64_t since_1970 = count + epoch;
    if (!is_date(since_1970)) {
        throw conversion_error("a date " + std::to_string(count) + " days from 2000-01-01");
    }
    return days(since_1970);
}

void detail::put_date(byte_writer& out, days since_1970) {
    if (since_1970 == days::max()) {
        return out.put_int32(infinity);
    }
    if (since_1970 == days::min()) {
        return out.put_int32(negative_infinity);
    }
    check_date(since_1970);
    out.put_int32(static_cast<std::int32_t>(since_1970.count() - epoch));
}

void detail::put_date_text(byte_writer& out, days since_1970) {
    if (since_1970 == days::max()) {
        return out.put("infinity");
    }
    if (since_1970 == days::min()) {
        return out.put("-infinity");
    }
    check_date(since_1970);
    const pg::civil_date date = pg::civil_from_days(since_1970.count());
    pg::put_civil_date(out, date);
    out.put(pg::era_suffix(date));
}

std::chrono::year_month_day codec<std::chrono::year_month_day>::read(const binary_value& value) {
    const days since_1970 = detail::load_date(value);
    const bool infinite = since_1970 == days::max() || since_1970 == days::min();
    const pg::civil_date date =
        infinite ? pg::civil_date() : pg::civil_from_days(since_1970.count());
    if (infinite || !fits_year(date.year)) {
        throw conversion_error("the value " + date_text(since_1970) +
                               " does not fit; read it as std::chrono::sys_days");
    }
    return std::chrono::year(static_cast<int>(date.year)) / std::chrono::month(date.month) /
           std::chrono::day(date.day);
}

void codec<std::chrono::year_month_day>::write(byte_writer& out,
                                               const std::chrono::year_month_day& value,
                                               oid /*target*/) {
    detail::put_date(out, checked_days(value));
}

void codec<std::chrono::year_month_day>::write_text(byte_writer& out,
                                                    const std::chrono::year_month_day& value) {
    detail::put_date_text(out, checked_days(value));
}

}  // namespace dsql
