// SPDX-License-Identifier: Apache-2.0
#include <dsql/decimal.hpp>
#include <dsql/error.hpp>

#include "base/real_number.hpp"
#include "base/text.hpp"
#include "errors/statement_context.hpp"

#include <algorithm>
#include <limits>
#include <system_error>
#include <utility>

namespace dsql {

namespace {

constexpr unsigned base = 10'000;
constexpr int digits_per_group = 4;

constexpr char16_t power_of_ten(int exponent) noexcept {
    constexpr char16_t powers[] = {1, 10, 100, 1000};
    return powers[exponent];
}

std::weak_ordering ordering(int difference) noexcept {
    return difference <=> 0;
}

std::weak_ordering reversed(std::weak_ordering order) noexcept {
    if (std::is_eq(order)) {
        return order;
    }
    return std::is_lt(order) ? std::weak_ordering::greater : std::weak_ordering::less;
}

}  // namespace

decimal::decimal(decimal&& other) noexcept
    : kind_(std::exchange(other.kind_, kind::positive)),
      weight_(std::exchange(other.weight_, std::int16_t{0})),
      scale_(std::exchange(other.scale_, std::uint16_t{0})),
      digits_(std::exchange(other.digits_, {})) {}

decimal& decimal::operator=(decimal&& other) noexcept {
    if (this != &other) {
        kind_ = std::exchange(other.kind_, kind::positive);
        weight_ = std::exchange(other.weight_, std::int16_t{0});
        scale_ = std::exchange(other.scale_, std::uint16_t{0});
        digits_ = std::exchange(other.digits_, {});
    }
    return *this;
}

decimal::decimal(bool negative, std::uint64_t magnitude)
    : kind_(negative ? kind::negative : kind::positive) {
    for (; magnitude != 0; magnitude /= base) {
        digits_.push_back(static_cast<char16_t>(magnitude % base));
    }
    std::reverse(digits_.begin(), digits_.end());
    weight_ = static_cast<std::int16_t>(std::max<std::size_t>(digits_.size(), 1) - 1);
    normalize();
}

// Removes the digits beyond the scale, as PostgreSQL does with a numeric that it receives, and the
// zeros at both ends.
void decimal::normalize() {
    const int decimals = (weight_ + 1) * digits_per_group + scale_;
    const auto groups =
        static_cast<std::size_t>(std::max(0, (decimals + digits_per_group - 1) / digits_per_group));
    if (groups <= digits_.size()) {
        digits_.resize(groups);
        if (groups != 0 && decimals % digits_per_group != 0) {
            char16_t& last = digits_.back();
            const char16_t unit = power_of_ten(digits_per_group - decimals % digits_per_group);
            last = static_cast<char16_t>(last - last % unit);
        }
    }
    const std::size_t zeros = std::min(digits_.find_first_not_of(u'\0'), digits_.size());
    digits_.erase(0, zeros);
    digits_.resize(digits_.find_last_not_of(u'\0') + 1);  // npos + 1 is 0
    if (digits_.empty()) {
        kind_ = kind::positive;
        weight_ = 0;
    } else {
        weight_ = static_cast<std::int16_t>(weight_ - static_cast<int>(zeros));
    }
}

int decimal::digit_at(int weight) const noexcept {
    const int index = weight_ - weight;
    return index >= 0 && static_cast<std::size_t>(index) < digits_.size()
               ? digits_[static_cast<std::size_t>(index)]
               : 0;
}

std::weak_ordering decimal::compare(const decimal& other) const noexcept {
    const auto rank = [](const decimal& value) {
        switch (value.kind_) {
            case kind::negative_infinity:
                return -2;
            case kind::negative:
                return -1;
            case kind::positive:
                return value.digits_.empty() ? 0 : 1;
            case kind::infinity:
                return 2;
            case kind::nan:
                break;
        }
        return 3;
    };
    if (rank(*this) != rank(other) || digits_.empty()) {
        return ordering(rank(*this) - rank(other));
    }
    // Neither number has zeros at its ends. So the weight of the first digit decides which is
    // larger; if one number begins with all digits of the other, it is the larger one.
    const std::weak_ordering magnitudes = weight_ != other.weight_
                                              ? ordering(weight_ - other.weight_)
                                              : ordering(digits_.compare(other.digits_));
    return is_negative() ? reversed(magnitudes) : magnitudes;
}

double decimal::to_double() const {
    constexpr double unbounded = std::numeric_limits<double>::infinity();
    if (is_nan()) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (is_infinite()) {
        return is_negative() ? -unbounded : unbounded;
    }
    std::string text;
    for (const char16_t digit : digits_) {
        for (int exponent = digits_per_group - 1; exponent >= 0; --exponent) {
            text += static_cast<char>('0' + digit / power_of_ten(exponent) % 10);
        }
    }
    const int last_weight = weight_ - static_cast<int>(digits_.size()) + 1;
    text += (digits_.empty() ? "0e" : "e") + std::to_string(last_weight * digits_per_group);
    double value = 0;
    if (detail::read_real(text, value) == std::errc::result_out_of_range) {
        value = weight_ > 0 ? unbounded : 0;
    }
    return is_negative() ? -value : value;
}

std::int64_t decimal::to_int64() const {
    const bool whole =
        !is_nan() && !is_infinite() && static_cast<int>(digits_.size()) <= std::max(weight_ + 1, 0);
    if (!whole) {
        throw conversion_error("the value " + detail::excerpt(to_string()) +
                               " is not a whole number");
    }
    const std::uint64_t most =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) +
        (is_negative() ? 1U : 0U);
    std::uint64_t sum = 0;
    for (int weight = weight_; weight >= 0; --weight) {
        const auto digit = static_cast<std::uint64_t>(digit_at(weight));
        if (sum > (most - digit) / base) {
            throw conversion_error("the value " + detail::excerpt(to_string()) +
                                   " does not fit into 64 bits");
        }
        sum = sum * base + digit;
    }
    return static_cast<std::int64_t>(is_negative() ? 0 - sum : sum);
}

}  // namespace dsql
