// SPDX-License-Identifier: Apache-2.0
#include "pg/codecs/date_text.hpp"

#include <dsql/codecs/integers.hpp>

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

// `unit`: what the first digit counts.
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
