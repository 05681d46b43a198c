// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

namespace dsql::detail {

/// Reverses the bytes of an integer with the compilers' built-in functions. g++ 12 does not
/// optimize a loop over the bytes, which is three times as slow.
[[nodiscard]] inline std::uint8_t swap_bytes(std::uint8_t value) noexcept {
    return value;
}
[[nodiscard]] inline std::uint16_t swap_bytes(std::uint16_t value) noexcept {
    return __builtin_bswap16(value);
}
[[nodiscard]] inline std::uint32_t swap_bytes(std::uint32_t value) noexcept {
    return __builtin_bswap32(value);
}
[[nodiscard]] inline std::uint64_t swap_bytes(std::uint64_t value) noexcept {
    return __builtin_bswap64(value);
}

/// An integer of 8, 16, 32 or 64 bits in network byte order. `data` has at least its size.
template <class Unsigned>
[[nodiscard]] inline Unsigned load_big_endian(const char* data) noexcept {
    Unsigned value;
    std::memcpy(&value, data, sizeof value);
    if constexpr (std::endian::native == std::endian::little) {
        value = swap_bytes(value);
    }
    return value;
}

/// Writes an integer of 8, 16, 32 or 64 bits in network byte order to `to`, which has its size.
template <class Unsigned>
inline void store_big_endian(char* to, Unsigned value) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
        value = swap_bytes(value);
    }
    std::memcpy(to, &value, sizeof value);
}

}  // namespace dsql::detail
