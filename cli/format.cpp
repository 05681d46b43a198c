// SPDX-License-Identifier: Apache-2.0
#include "format.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>

namespace dsql_cli {

std::string format_utc(std::chrono::system_clock::time_point at) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[sizeof "2026-01-02T03:04:05Z"];
    static_cast<void>(std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
    return text;
}

std::string redact_key_id(const std::string& access_key_id) {
    return access_key_id.size() > 8 ? "..." + access_key_id.substr(access_key_id.size() - 4)
                                    : std::string("<redacted>");
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

std::string_view without_blanks(std::string_view text) noexcept {
    constexpr std::string_view blanks = " \t";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    return text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lower;
}

std::string count_of(std::int64_t count, std::string_view noun) {
    return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

std::string join(const std::vector<std::string>& texts) {
    std::string line;
    for (const std::string& text : texts) {
        line += (line.empty() ? "" : ", ") + text;
    }
    return line;
}

// Whether the text begins with one of U+0080 to U+009F. A terminal may act on them as on ESC.
static bool is_control_of_unicode(std::string_view text) {
    return text.size() > 1 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
}

std::string to_single_line(std::string_view text) {
    std::string line;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool is_wide = is_control_of_unicode(text.substr(at));
        const char c = text[at];
        const bool is_control = is_wide || static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
        if (!is_control && c != ' ') {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
        at += is_wide ? 1 : 0;
    }
    while (!line.empty() && line.back() == ' ') {
        line.pop_back();
    }
    return line;
}

std::string escape_controls(std::string_view json) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string escaped;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const bool is_wide = is_control_of_unicode(json.substr(at));
        if (!is_wide && json[at] != '\x7f') {
            escaped += json[at];
            continue;
        }
        at += is_wide ? 1 : 0;
        const auto code = static_cast<unsigned char>(json[at]);
        escaped.append("\\u00").append(1, digits[code >> 4U]).append(1, digits[code & 15U]);
    }
    return escaped;
}

double to_milliseconds(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

std::string format_milliseconds(std::chrono::microseconds time) {
    const double value = to_milliseconds(time);
    const int decimals = value < 1 ? 2 : value < 100 ? 1 : 0;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f ms", decimals, value);
    return text.data();
}

}  // namespace dsql_cli
