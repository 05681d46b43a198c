// SPDX-License-Identifier: Apache-2.0
#include <dsql/decimal.hpp>
#include <dsql/error.hpp>

#include "base/text.hpp"
#include "errors/statement_context.hpp"

#include <algorithm>
#include <optional>

namespace dsql {

namespace {

constexpr int group_digits = 4;
constexpr int largest_scale = 16'383;  // PostgreSQL, "Numeric Types"
constexpr std::int64_t most_whole_digits = 131'072;
constexpr std::size_t longest_word = std::string_view("-infinity").size();

[[noreturn]] void throw_no_number(std::string_view text) {
    throw conversion_error("\"" + detail::excerpt(text) + "\"" +
                           " is no number; expected digits such as \"-12.50\" or \"1e-3\", "
                           "\"NaN\" or \"Infinity\"");
}

[[noreturn]] void throw_outside(std::string_view text) {
    throw conversion_error("the number \"" + detail::excerpt(text) + "\"" +
                           " is outside of PostgreSQL's numeric: at most 131072 digits before the "
                           "decimal point and 16383 behind it");
}

bool skip(std::string_view& text, char c) noexcept {
    if (text.empty() || text.front() != c) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::string_view take_digits(std::string_view& text) noexcept {
    std::size_t count = 0;
    while (count < text.size() && detail::is_digit(text[count])) {
        ++count;
    }
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

// The parts of a number's text.
struct number_parts {
    std::string_view whole{};
    std::string_view fraction{};
    std::int64_t exponent{};

    [[nodiscard]] std::int64_t scale() const noexcept {
        const auto size = static_cast<std::int64_t>(fraction.size());
        return size > exponent ? size - exponent : 0;
    }
    [[nodiscard]] std::size_t size() const noexcept { return whole.size() + fraction.size(); }
    [[nodiscard]] int digit(std::size_t i) const noexcept {
        return (i < whole.size() ? whole[i] : fraction[i - whole.size()]) - '0';
    }
    // The weight of the digit, as a power of ten.
    [[nodiscard]] std::int64_t power(std::size_t i) const noexcept {
        return static_cast<std::int64_t>(whole.size()) - 1 - static_cast<std::int64_t>(i) +
               exponent;
    }
};

// Parses the exponent after "e"; none if it is not a number. An exponent with very many digits
// becomes a large one, which the caller's limits reject.
std::optional<std::int64_t> take_exponent(std::string_view& text) noexcept {
    constexpr std::int64_t large = 1'000'000'000;
    const bool negative = !skip(text, '+') && skip(text, '-');
    const std::string_view digits = take_digits(text);
    if (digits.empty()) {
        return std::nullopt;
    }
    std::int64_t value = 0;
    for (const char c : digits) {
        value = value < large ? value * 10 + (c - '0') : large;
    }
    return negative ? -value : value;
}

std::optional<number_parts> take_apart(std::string_view text) noexcept {
    number_parts parts;
    parts.whole = take_digits(text);
    if (skip(text, '.')) {
        parts.fraction = take_digits(text);
    }
    if (parts.size() == 0) {
        return std::nullopt;
    }
    if (skip(text, 'e') || skip(text, 'E')) {
        const auto exponent = take_exponent(text);
        if (!exponent) {
            return std::nullopt;
        }
        parts.exponent = *exponent;
    }
    return text.empty() ? std::optional(parts) : std::nullopt;
}

constexpr std::int64_t floor_divided(std::int64_t value, std::int64_t by) noexcept {
    return value / by - (value % by < 0 ? 1 : 0);
}

char16_t power_of_ten(std::int64_t exponent) noexcept {
    constexpr char16_t powers[] = {1, 10, 100, 1000};
    return powers[exponent];
}

// Writes base-10000 digits, beginning with the first decimal digit that is not zero, and returns
// its weight. The weights of earlier digits might not fit.
std::int64_t put_groups(std::u16string& groups, const number_parts& parts, std::size_t first) {
    const std::int64_t weight = floor_divided(parts.power(first), group_digits);
    std::int64_t current = weight + 1;
    for (std::size_t i = first; i < parts.size(); ++i) {
        const std::int64_t power = parts.power(i);
        const std::int64_t group = floor_divided(power, group_digits);
        if (group != current) {
            groups.push_back(u'\0');
            current = group;
        }
        groups.back() = static_cast<char16_t>(
            groups.back() + parts.digit(i) * power_of_ten(power - group * group_digits));
    }
    return weight;
}

// Returns the position of the first decimal digit that is not zero, or `parts.size()`.
std::size_t first_digit(const number_parts& parts) noexcept {
    std::size_t first = 0;
    while (first < parts.size() && parts.digit(first) == 0) {
        ++first;
    }
    return first;
}

bool is_too_large(const number_parts& parts, std::size_t first) noexcept {
    return first != parts.size() && parts.power(first) >= most_whole_digits;
}

void put_group(std::string& text, int group) {
    text += static_cast<char>('0' + group / 1000);
    text += static_cast<char>('0' + group / 100 % 10);
    text += static_cast<char>('0' + group / 10 % 10);
    text += static_cast<char>('0' + group % 10);
}

}  // namespace

decimal decimal::parse(std::string_view text) {
    std::string_view rest = detail::trim(text);
    const std::string word = rest.size() <= longest_word ? detail::lower(rest) : std::string();
    if (word == "nan") {
        return decimal(kind::nan);
    }
    if (word == "inf" || word == "infinity" || word == "+inf" || word == "+infinity") {
        return decimal(kind::infinity);
    }
    if (word == "-inf" || word == "-infinity") {
        return decimal(kind::negative_infinity);
    }
    const bool negative = !skip(rest, '+') && skip(rest, '-');
    const auto parts = take_apart(rest);
    if (!parts) {
        throw_no_number(text);
    }
    const std::size_t first = first_digit(*parts);
    if (parts->scale() > largest_scale || is_too_large(*parts, first)) {
        throw_outside(text);
    }
    decimal value(negative ? kind::negative : kind::positive);
    value.scale_ = static_cast<std::uint16_t>(parts->scale());
    if (first != parts->size()) {
        value.weight_ = static_cast<std::int16_t>(put_groups(value.digits_, *parts, first));
    }
    value.normalize();
    return value;
}

std::string decimal::to_string() const {
    if (is_nan()) {
        return "NaN";
    }
    if (is_infinite()) {
        return is_negative() ? "-Infinity" : "Infinity";
    }
    std::string text;
    for (int weight = weight_; weight >= 0; --weight) {
        put_group(text, digit_at(weight));
    }
    text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
    if (text.empty()) {
        text = '0';
    }
    if (is_negative()) {
        text.insert(text.begin(), '-');
    }
    if (scale_ == 0) {
        return text;
    }
    text += '.';
    const std::size_t end = text.size() + scale_;
    for (int weight = -1; text.size() < end; --weight) {
        put_group(text, digit_at(weight));
    }
    text.resize(end);
    return text;
}

}  // namespace dsql
