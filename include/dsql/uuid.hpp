// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/export.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

namespace dsql {

/// A universally unique identifier, PostgreSQL's `uuid`: 16 bytes. An ordinary value; `const`
/// access is safe from any thread. Source: RFC 9562; PostgreSQL, "UUID Type".
class DSQL_EXPORT uuid {
public:
    /// Its 16 bytes.
    using bytes_type = std::array<std::uint8_t, 16>;

    /// The nil UUID, all zero.
    constexpr uuid() noexcept = default;
    /// From its 16 bytes, in the order in which the text has them.
    constexpr explicit uuid(const bytes_type& bytes) noexcept : bytes_(bytes) {}

    /// Parses text as PostgreSQL does: 32 hexadecimal digits in either case, with an optional dash
    /// after each group of four and optional braces around all of it. Throws `conversion_error` for
    /// other text.
    [[nodiscard]] static uuid parse(std::string_view text);

    /// A new random one (version 4), from OpenSSL's generator. Safe from any thread. Throws `error`
    /// when the system has no randomness to give.
    [[nodiscard]] static uuid random();

    /// The 16 bytes, in the order in which the text has them.
    [[nodiscard]] constexpr const bytes_type& bytes() const noexcept { return bytes_; }

    /// The usual text, for example "3d813cbb-47fb-32ba-91df-831e1593ac29".
    [[nodiscard]] std::string to_string() const;

    /// By their bytes, which is PostgreSQL's order.
    ///@{
    [[nodiscard]] friend constexpr std::strong_ordering operator<=>(const uuid& a,
                                                                    const uuid& b) noexcept {
        // A loop, because the comparison of std::array would add some milliseconds to the
        // compilation of each source that includes this header.
        for (std::size_t i = 0; i < a.bytes_.size(); ++i) {
            if (a.bytes_[i] != b.bytes_[i]) {
                return a.bytes_[i] <=> b.bytes_[i];
            }
        }
        return std::strong_ordering::equal;
    }
    [[nodiscard]] friend constexpr bool operator==(const uuid& a, const uuid& b) noexcept {
        return std::is_eq(a <=> b);
    }
    ///@}

private:
    bytes_type bytes_{};
};

}  // namespace dsql

/// So that `dsql::uuid` may be a key of the unordered containers.
template <>
struct std::hash<dsql::uuid> {
    /// Of the bytes.
    [[nodiscard]] std::size_t operator()(const dsql::uuid& id) const noexcept {
        return std::hash<std::string_view>()(
            {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()});
    }
};

namespace dsql {

/// `dsql::uuid` <-> `uuid`.
template <>
struct codec<uuid> {
    static std::string name() { return "dsql::uuid"; }
    static constexpr oid type = oids::uuid;
    static constexpr oid array_type = oids::uuid_array;
    static constexpr bool reads(oid column) { return column == type; }
    static uuid read(const binary_value& value) {
        uuid::bytes_type bytes;
        if (value.size != bytes.size()) [[unlikely]] {
            detail::throw_wrong_size(value);
        }
        std::memcpy(bytes.data(), value.data, bytes.size());
        return uuid(bytes);
    }
    static void write(byte_writer& out, const uuid& value, oid /*target*/) {
        out.put({reinterpret_cast<const char*>(value.bytes().data()), value.bytes().size()});
    }
    static void write_text(byte_writer& out, const uuid& value) { out.put(value.to_string()); }
};

}  // namespace dsql
