// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/duration.hpp>
#include <dsql/codecs/time.hpp>
#include <dsql/interval.hpp>

#include "pg/codecs/interval_text.hpp"

#include <cstdint>
#include <string>

namespace dsql::pg {

namespace {

class interval_writer {
public:
    explicit interval_writer(byte_writer& out) : out_(out) {}

    void put_part(std::int32_t count, std::string_view unit) {
        if (count == 0) {
            return;
        }
        separate();
        // A positive part has a sign when it follows a negative one.
        out_.put(is_after_negative_ && count > 0 ? "+" : "");
        out_.put(std::to_string(count));
        out_.put_char(' ');
        out_.put(unit);
        out_.put(count == 1 ? "" : "s");
        is_after_negative_ = count < 0;
    }

    void put_time(std::int64_t microseconds) {
        if (microseconds == 0 && !is_empty_) {
            return;
        }
        separate();
        out_.put(microseconds < 0 ? "-" : is_after_negative_ ? "+" : "");
        // Unsigned, because the smallest number has no positive counterpart.
        const auto count = static_cast<std::uint64_t>(microseconds);
        const std::uint64_t magnitude = microseconds < 0 ? 0 - count : count;
        put_padded(magnitude / 3'600'000'000, 2);
        out_.put_char(':');
        put_padded(magnitude / 60'000'000 % 60, 2);
        out_.put_char(':');
        put_padded(magnitude / 1'000'000 % 60, 2);
        put_fraction(magnitude % 1'000'000);
    }

private:
    void separate() {
        out_.put(is_empty_ ? "" : " ");
        is_empty_ = false;
    }
    void put_padded(std::uint64_t number, std::size_t width) {
        const std::string digits = std::to_string(number);
        out_.put(std::string(digits.size() < width ? width - digits.size() : 0, '0'));
        out_.put(digits);
    }
    void put_fraction(std::uint64_t microseconds) {
        if (microseconds == 0) {
            return;
        }
        const std::string digits =
            std::to_string(1'000'000 + microseconds);  // the leading 1 keeps all six digits
        out_.put_char('.');
        out_.put(std::string_view(digits).substr(1, digits.find_last_not_of('0')));
    }

    byte_writer& out_;
    bool is_empty_ = true;
    bool is_after_negative_ = false;
};

}  // namespace

void put_interval_text(byte_writer& out, const interval& value) {
    if (value == interval::infinite() || value == interval::negative_infinite()) {
        return out.put(value.to_string());
    }
    interval_writer writer(out);
    writer.put_part(value.months / 12, "year");
    writer.put_part(value.months % 12, "mon");
    writer.put_part(value.days, "day");
    writer.put_time(value.time.count());
}

}  // namespace dsql::pg

namespace dsql {

interval codec<interval>::read(const binary_value& value) {
    constexpr std::size_t days_at = sizeof(std::int64_t);
    constexpr std::size_t months_at = days_at + sizeof(std::int32_t);
    constexpr std::size_t size = months_at + sizeof(std::int32_t);
    if (value.size != size) [[unlikely]] {
        detail::throw_wrong_size(value);
    }
    const auto part = [&value](std::size_t at) {
        return static_cast<std::int32_t>(detail::load_big_endian<std::uint32_t>(value.data + at));
    };
    return {part(months_at), part(days_at),
            std::chrono::microseconds(
                static_cast<std::int64_t>(detail::load_big_endian<std::uint64_t>(value.data)))};
}

void codec<interval>::write(byte_writer& out, const interval& value, oid /*target*/) {
    out.put_int64(value.time.count());
    out.put_int32(value.days);
    out.put_int32(value.months);
}

std::int64_t detail::load_duration(const binary_value& value) {
    if (value.type == oids::time) {
        return load_time(value).count();
    }
    const interval parts = codec<interval>::read(value);
    if (parts.months != 0 || parts.days != 0) {
        throw conversion_error("the value " + parts.to_string() +
                               " is not of hours and less alone; read it as dsql::interval");
    }
    return parts.time.count();
}

}  // namespace dsql
