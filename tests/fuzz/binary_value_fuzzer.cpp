// SPDX-License-Identifier: Apache-2.0
// Fuzzes the binary decoders: for any bytes they must return a value or throw conversion_error. A
// value that was decoded is encoded and decoded again, and must be the same. The first byte selects
// the C++ type, the second byte one of the PostgreSQL types that it can read; the rest is the
// value.
#include <dsql/codecs.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using namespace dsql;

enum class number : short { zero };
enum class color { red, green };

}  // namespace

template <>
inline constexpr auto dsql::enum_labels<color> = std::to_array<std::pair<color, std::string_view>>(
    {{color::red, "red"}, {color::green, "green"}});

namespace {

constexpr std::array all_types = {oids::boolean,
                                  oids::bytea,
                                  oids::char_type,
                                  oids::name,
                                  oids::int8,
                                  oids::int2,
                                  oids::int4,
                                  oids::text,
                                  oids::object_identifier,
                                  oids::json,
                                  oids::xml,
                                  oids::float4,
                                  oids::float8,
                                  oids::unknown,
                                  oids::bpchar,
                                  oids::varchar,
                                  oids::date,
                                  oids::time,
                                  oids::timestamp,
                                  oids::timestamptz,
                                  oids::interval,
                                  oids::timetz,
                                  oids::numeric,
                                  oids::void_type,
                                  oids::uuid,
                                  oids::jsonb,
                                  oids::boolean_array,
                                  oids::bytea_array,
                                  oids::name_array,
                                  oids::int2_array,
                                  oids::int4_array,
                                  oids::text_array,
                                  oids::bpchar_array,
                                  oids::varchar_array,
                                  oids::int8_array,
                                  oids::float4_array,
                                  oids::float8_array,
                                  oids::timestamp_array,
                                  oids::date_array,
                                  oids::time_array,
                                  oids::timestamptz_array,
                                  oids::interval_array,
                                  oids::numeric_array,
                                  oids::timetz_array,
                                  oids::uuid_array,
                                  oids::json_array,
                                  oids::jsonb_array,
                                  oids::first_user_defined};

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// Whether each value has only one encoding, so that encoding it again gives the original bytes.
template <class T>
inline constexpr bool canonical = true;
template <>
inline constexpr bool canonical<bool> = false;  // every non-zero byte is true
template <>
inline constexpr bool canonical<double> = false;  // the bits of a NaN may change
template <>
inline constexpr bool canonical<decimal> = false;  // leading and trailing zeros
template <>
inline constexpr bool canonical<color> = false;  // blanks after the label
template <class E>
inline constexpr bool canonical<std::vector<E>> = false;  // any lower bound
template <>
inline constexpr bool canonical<std::vector<std::byte>> = true;

// Text with a NUL byte, which no server sends, can be decoded but not encoded.
bool has_zero_byte(std::string_view bytes) {
    return bytes.find('\0') != std::string_view::npos;
}

template <class T>
void write_and_read_again(const T& value, const binary_value& from) {
    const oid target = detail::codec_writes<T>(from.type) ? from.type : codec<T>::type;
    byte_writer once;
    byte_writer text;
    try {
        codec<T>::write(once, value, target);
        codec<T>::write_text(text, value);
    } catch (const conversion_error&) {
        require(has_zero_byte(from.bytes()) && !std::is_integral_v<T>);
        return;
    }
    require(!canonical<T> || target != from.type || once.view() == from.bytes());
    if (!codec<T>::reads(target)) {
        return;
    }
    byte_writer twice;
    codec<T>::write(twice, codec<T>::read({once.data(), once.size(), target}), target);
    require(once.view() == twice.view());
}

template <class T>
void decode(const binary_value& from) {
    try {
        const T value = codec<T>::read(from);
        write_and_read_again(value, from);
    } catch (const conversion_error&) {
    }
}

struct decoder {
    void (*run)(const binary_value&);
    std::vector<oid> types;
};

template <class T>
decoder decoder_of() {
    decoder result{decode<T>, {}};
    for (const oid type : all_types) {
        if (codec<T>::reads(type)) {
            result.types.push_back(type);
        }
    }
    return result;
}

template <class... Types>
std::vector<decoder> decoders_of() {
    return {decoder_of<Types>()..., decoder_of<std::vector<Types>>()...,
            decoder_of<std::vector<std::optional<Types>>>()...};
}

std::vector<decoder> all_decoders() {
    using namespace std::chrono;
    using small_seconds = duration<std::int32_t>;
    using frames = duration<std::int64_t, std::ratio<1, 60>>;
    std::vector<decoder> all = decoders_of<
        bool, signed char, short, int, long, long long, unsigned char, unsigned short, unsigned int,
        unsigned long, unsigned long long, float, double, std::string, std::string_view,
        std::vector<std::byte>, std::span<const std::byte>, uuid, decimal, json, jsonb, sys_days,
        local_days, year_month_day, sys_time<nanoseconds>, sys_time<microseconds>,
        sys_time<seconds>, sys_time<hours>, sys_time<small_seconds>, sys_time<frames>,
        local_time<nanoseconds>, local_time<microseconds>, local_time<milliseconds>,
        hh_mm_ss<microseconds>, hh_mm_ss<nanoseconds>, hh_mm_ss<seconds>, time_with_time_zone,
        interval, nanoseconds, microseconds, seconds, weeks, small_seconds, frames, number>();
    all.push_back(decoder_of<color>());
    return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<decoder> decoders = all_decoders();
    if (size < 2) {
        return 0;
    }
    const decoder& chosen = decoders[data[0] % decoders.size()];
    const oid type = chosen.types[data[1] % chosen.types.size()];
    // A copy of the exact size, so that the sanitizer detects a read beyond the end.
    const std::vector<char> bytes(data + 2, data + size);
    chosen.run({bytes.data(), bytes.size(), type});
    return 0;
}
