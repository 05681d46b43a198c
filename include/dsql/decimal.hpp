// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/detail/type_traits.hpp>
#include <dsql/export.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace dsql {

template <class T>
struct codec;

/// A value of PostgreSQL's `numeric`, exactly: up to 131 072 digits before the decimal point and
/// 16 383 after it, or NaN, or an infinity. It is for keeping, comparing and passing on amounts; it
/// has no arithmetic. An ordinary value; `const` access is safe from any thread.
/// Source: PostgreSQL, "Arbitrary Precision Numbers".
class DSQL_EXPORT decimal {
public:
    /// Zero.
    decimal() noexcept = default;
    decimal(const decimal&) = default;
    decimal& operator=(const decimal&) = default;
    /// Moves the number; `other` becomes zero.
    decimal(decimal&& other) noexcept;
    /// Moves the number; `other` becomes zero.
    decimal& operator=(decimal&& other) noexcept;
    ~decimal() = default;
    /// An integer, with no digits after the decimal point.
    template <detail::integer_type Integer>
    decimal(Integer value)  // NOLINT(google-explicit-constructor): no integer is lost
        : decimal(value < 0, magnitude(value)) {}

    /// From text: digits with an optional sign, point and exponent, "NaN", "Infinity", "inf" or one
    /// of these with a sign, in either case; blanks around it are skipped. The digits after the
    /// point are kept, as PostgreSQL keeps them: "1.50" has scale 2. Throws `conversion_error` for
    /// other text and for numbers outside of `numeric`. Does not accept underscores and hexadecimal
    /// numbers, which PostgreSQL 16 and later do.
    [[nodiscard]] static decimal parse(std::string_view text);

    /// PostgreSQL's text: all digits, no exponent; "NaN", "Infinity", "-Infinity".
    [[nodiscard]] std::string to_string() const;

    /// The nearest double; an infinity if the number is too large.
    [[nodiscard]] double to_double() const;
    /// Throws `conversion_error` if it is no whole number, or not one that fits.
    [[nodiscard]] std::int64_t to_int64() const;

    /// Whether it is NaN.
    [[nodiscard]] bool is_nan() const noexcept { return kind_ == kind::nan; }
    /// Whether it is Infinity or -Infinity.
    [[nodiscard]] bool is_infinite() const noexcept {
        return kind_ == kind::infinity || kind_ == kind::negative_infinity;
    }
    /// Whether it is below zero.
    [[nodiscard]] bool is_negative() const noexcept {
        return kind_ == kind::negative || kind_ == kind::negative_infinity;
    }
    /// How many digits its text has after the decimal point; 0 for NaN and the infinities.
    [[nodiscard]] int scale() const noexcept { return scale_; }

    /// By value: 1.0 equals 1.00. NaN equals itself and is above all others, as in PostgreSQL.
    [[nodiscard]] friend bool operator==(const decimal& a, const decimal& b) noexcept {
        return std::is_eq(a.compare(b));
    }
    /// Orders by value; see `operator==`.
    [[nodiscard]] friend std::weak_ordering operator<=>(const decimal& a,
                                                        const decimal& b) noexcept {
        return a.compare(b);
    }

private:
    friend struct codec<decimal>;

    enum class kind : std::uint8_t { positive, negative, nan, infinity, negative_infinity };

    decimal(bool negative, std::uint64_t magnitude);
    explicit decimal(kind special) noexcept : kind_(special) {}

    template <class Integer>
    static constexpr std::uint64_t magnitude(Integer value) noexcept {
        const auto bits = static_cast<std::uint64_t>(value);
        return value < 0 ? 0 - bits : bits;
    }
    [[nodiscard]] std::weak_ordering compare(const decimal& other) const noexcept;
    void normalize();
    [[nodiscard]] int digit_at(int weight) const noexcept;

    // The value is the sum of digits_[i] * 10000^(weight_ - i), as on the wire. There are no zero
    // digits at either end; zero has none at all and is positive.
    kind kind_ = kind::positive;
    std::int16_t weight_ = 0;
    std::uint16_t scale_ = 0;
    // A string instead of a vector, because a string holds seven digits (28 decimal ones) in the
    // object itself, so that most values are read without an allocation.
    std::u16string digits_{};
};

/// `dsql::decimal` <-> `numeric`, with all its digits. `double` and `float` read the nearest
/// number.
template <>
struct codec<decimal> {
    static std::string name() { return "dsql::decimal"; }
    static constexpr oid type = oids::numeric;
    static constexpr oid array_type = oids::numeric_array;
    static constexpr bool reads(oid column) { return column == type; }
    static DSQL_EXPORT decimal read(const binary_value& value);
    static DSQL_EXPORT void write(byte_writer& out, const decimal& value, oid target);
    static void write_text(byte_writer& out, const decimal& value) { out.put(value.to_string()); }
};

}  // namespace dsql
