// SPDX-License-Identifier: Apache-2.0
#include <dsql/interval.hpp>

#include <string_view>

namespace dsql {

namespace {

void put_part(std::string& text, std::int64_t count, char unit) {
    if (count != 0) {
        text += std::to_string(count);
        text += unit;
    }
}

void put_seconds(std::string& text, std::int64_t microseconds) {
    if (microseconds == 0) {
        return;
    }
    if (microseconds < 0) {
        text += '-';
    }
    const std::int64_t magnitude = microseconds < 0 ? -microseconds : microseconds;
    text += std::to_string(magnitude / 1'000'000);
    if (const std::int64_t fraction = magnitude % 1'000'000; fraction != 0) {
        const std::string digits =
            std::to_string(1'000'000 + fraction);  // a leading one keeps all six digits
        text += '.';
        text += std::string_view(digits).substr(1, digits.find_last_not_of('0'));
    }
    text += 'S';
}

// Writes hours and minutes separately, because PostgreSQL parses the seconds as a double, which
// would lose the microseconds of a large number.
void put_clock(std::string& text, std::int64_t microseconds) {
    constexpr std::int64_t minute = 60'000'000;
    if (microseconds == 0) {
        return;
    }
    text += 'T';
    put_part(text, microseconds / (60 * minute), 'H');
    put_part(text, microseconds / minute % 60, 'M');
    put_seconds(text, microseconds % minute);
}

}  // namespace

std::string interval::to_string() const {
    if (*this == infinite()) {
        return "infinity";
    }
    if (*this == negative_infinite()) {
        return "-infinity";
    }
    std::string text = "P";
    put_part(text, months / 12, 'Y');
    put_part(text, months % 12, 'M');
    put_part(text, days, 'D');
    put_clock(text, time.count());
    return text == "P" ? "PT0S" : text;
}

}  // namespace dsql
