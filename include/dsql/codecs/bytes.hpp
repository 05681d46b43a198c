// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>

#include <span>
#include <vector>

namespace dsql {

namespace detail {

/// Shared by all types that represent a `bytea`.
struct bytea_codec {
    static constexpr oid type = oids::bytea;
    static constexpr oid array_type = oids::bytea_array;
    static void write(byte_writer& out, std::span<const std::byte> value, oid /*target*/) {
        out.put({reinterpret_cast<const char*>(value.data()), value.size()});
    }
    /// Writes "\x" and hexadecimal digits.
    static DSQL_EXPORT void write_text(byte_writer& out, std::span<const std::byte> value);
};

}  // namespace detail

/// `std::span<const std::byte>` <-> `bytea`. What is read is borrowed from the result.
template <>
struct codec<std::span<const std::byte>> : detail::bytea_codec {
    static std::string name() { return "std::span<const std::byte>"; }
    static constexpr bool borrows = true;
    static constexpr bool reads(oid column) { return column == type; }
    static std::span<const std::byte> read(const binary_value& value) {
        return {reinterpret_cast<const std::byte*>(value.data), value.size};
    }
};

/// `std::span<std::byte>` -> `bytea`.
template <>
struct codec<std::span<std::byte>> : detail::bytea_codec {
    static std::string name() { return "std::span<std::byte>"; }
};

/// `std::vector<std::byte>` <-> `bytea`.
template <>
struct codec<std::vector<std::byte>> : detail::bytea_codec {
    static std::string name() { return "std::vector<std::byte>"; }
    static constexpr bool reads(oid column) { return column == type; }
    static DSQL_EXPORT std::vector<std::byte> read(const binary_value& value);
};

}  // namespace dsql
