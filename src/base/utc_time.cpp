// SPDX-License-Identifier: Apache-2.0
#include "base/utc_time.hpp"

#include "base/text.hpp"

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

// Reads from the front of a text. After the first mismatch, `ok` stays false.
struct timestamp_reader {
    std::string_view rest;
    bool ok = true;

    int number(std::size_t digits) noexcept {
        const auto value = parse_number<unsigned>(rest.substr(0, digits));
        const bool fits = rest.size() >= digits && value && is_digit(rest.front());
        ok = ok && fits;
        rest.remove_prefix(std::min(digits, rest.size()));
        return fits ? static_cast<int>(*value) : 0;
    }
    void character(std::string_view allowed) noexcept {
        ok = ok && !rest.empty() && allowed.find(rest.front()) != std::string_view::npos;
        rest.remove_prefix(rest.empty() ? 0 : 1);
    }
    void skip_fraction() noexcept {
        if (!rest.starts_with('.')) {
            return;
        }
        rest.remove_prefix(1);
        ok = ok && !rest.empty() && is_digit(rest.front());
        while (!rest.empty() && is_digit(rest.front())) {
            rest.remove_prefix(1);
        }
    }
    // The offset of the time zone from UTC.
    std::chrono::minutes zone() noexcept {
        if (rest == "Z" || rest == "z" || rest == "UTC") {
            return {};
        }
        const int sign = rest.starts_with('-') ? -1 : 1;
        character("+-");
        const int hours = number(2);
        character(":");
        const int minutes = number(2);
        ok = ok && rest.empty() && hours < 24 && minutes < 60;
        return std::chrono::minutes(sign * (hours * 60 + minutes));
    }
};

}  // namespace

std::optional<std::chrono::system_clock::time_point> parse_utc_time(
    std::string_view text) noexcept {
    using namespace std::chrono;
    timestamp_reader input{.rest = trim(text)};
    const year y(input.number(4));
    input.character("-");
    const month m(static_cast<unsigned>(input.number(2)));
    input.character("-");
    const day d(static_cast<unsigned>(input.number(2)));
    input.character("Tt ");
    const hours h(input.number(2));
    input.character(":");
    const minutes minute(input.number(2));
    input.character(":");
    const seconds second(input.number(2));
    input.skip_fraction();
    const minutes zone = input.zone();
    const year_month_day date(y, m, d);
    if (!input.ok || !date.ok() || h.count() > 23 || minute.count() > 59 || second.count() > 60 ||
        y < year(1970)) {
        return std::nullopt;
    }
    constexpr auto last = floor<days>(system_clock::time_point::max());
    if (sys_days(date) >= last - days(1)) {  // a time zone may add almost a day
        return system_clock::time_point(last);
    }
    return sys_days(date) + h + minute + second - zone;
}

std::string format_utc_time(std::chrono::system_clock::time_point at) {
    const amz_date moment(at);
    const std::string_view text = moment.time();
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 4 || i == 6) {
            out += '-';
        } else if (i == 11 || i == 13) {
            out += ':';
        }
        out += text[i];
    }
    return out;
}

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
