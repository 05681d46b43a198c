// SPDX-License-Identifier: Apache-2.0
#include <dsql/decimal.hpp>

namespace dsql {

namespace {

// The values of the sign field, and the limits of numeric_recv(). Source: PostgreSQL,
// src/backend/utils/adt/numeric.c.
constexpr std::uint16_t sign_positive = 0x0000;
constexpr std::uint16_t sign_negative = 0x4000;
constexpr std::uint16_t sign_nan = 0xc000;
constexpr std::uint16_t sign_infinity = 0xd000;
constexpr std::uint16_t sign_negative_infinity = 0xf000;
constexpr std::uint16_t largest_numeric_scale = 0x3fff;
constexpr std::uint16_t numeric_base = 10'000;
constexpr std::size_t header_size = 4 * sizeof(std::uint16_t);

std::uint16_t int16_at(const binary_value& value, std::size_t index) noexcept {
    return detail::load_big_endian<std::uint16_t>(value.data + 2 * index);
}

void put_field(byte_writer& out, std::uint16_t field) {
    out.put_int16(static_cast<std::int16_t>(field));
}

void check_size(const binary_value& value) {
    if (value.size < header_size ||
        value.size != header_size + std::size_t{2} * int16_at(value, 0)) {
        detail::throw_wrong_size(value);
    }
}

std::u16string load_digits(const binary_value& value) {
    std::u16string digits(int16_at(value, 0), u'\0');
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const std::uint16_t digit = int16_at(value, 4 + i);
        if (digit >= numeric_base) {
            throw conversion_error("a numeric with the base-10000 digit " + std::to_string(digit));
        }
        digits[i] = static_cast<char16_t>(digit);
    }
    return digits;
}

}  // namespace

decimal codec<decimal>::read(const binary_value& value) {
    check_size(value);
    using kind = decimal::kind;
    switch (const std::uint16_t sign = int16_at(value, 2); sign) {
        case sign_nan:
            return decimal(kind::nan);
        case sign_infinity:
            return decimal(kind::infinity);
        case sign_negative_infinity:
            return decimal(kind::negative_infinity);
        case sign_positive:
        case sign_negative: {
            decimal number(sign == sign_negative ? kind::negative : kind::positive);
            number.weight_ = static_cast<std::int16_t>(int16_at(value, 1));
            number.scale_ = int16_at(value, 3);
            if (number.scale_ > largest_numeric_scale) {
                throw conversion_error("a numeric with the scale " + std::to_string(number.scale_));
            }
            number.digits_ = load_digits(value);
            number.normalize();
            return number;
        }
        default:
            throw conversion_error("a numeric with the sign " + std::to_string(sign));
    }
}

void codec<decimal>::write(byte_writer& out, const decimal& value, oid /*target*/) {
    constexpr std::uint16_t signs[] = {sign_positive, sign_negative, sign_nan, sign_infinity,
                                       sign_negative_infinity};
    put_field(out, static_cast<std::uint16_t>(value.digits_.size()));
    out.put_int16(value.weight_);
    put_field(out, signs[static_cast<std::size_t>(value.kind_)]);
    put_field(out, value.scale_);
    for (const char16_t digit : value.digits_) {
        put_field(out, digit);
    }
}

}  // namespace dsql
