// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/duration.hpp>
#include <dsql/codecs/interval.hpp>
#include <dsql/codecs/time.hpp>

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
