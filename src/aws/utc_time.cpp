// SPDX-License-Identifier: Apache-2.0
#include "aws/utc_time.hpp"

#include <algorithm>

namespace dsql::detail {

namespace {

char* put(char* out, unsigned value, int digits) noexcept {
    for (int i = digits - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
    return out + digits;
}

}  // namespace

amz_date::amz_date(std::chrono::system_clock::time_point at) noexcept {
    using namespace std::chrono;
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(floor<seconds>(at - day));
    const int year = std::clamp(static_cast<int>(date.year()), 0, 9999);
    char* out = put(text_.data(), static_cast<unsigned>(year), 4);
    out = put(out, static_cast<unsigned>(date.month()), 2);
    out = put(out, static_cast<unsigned>(date.day()), 2);
    *out++ = 'T';
    out = put(out, static_cast<unsigned>(time.hours().count()), 2);
    out = put(out, static_cast<unsigned>(time.minutes().count()), 2);
    out = put(out, static_cast<unsigned>(time.seconds().count()), 2);
    *out = 'Z';
}

}  // namespace dsql::detail
