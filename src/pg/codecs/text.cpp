// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/bytes.hpp>
#include <dsql/codecs/text.hpp>
#include <dsql/decimal.hpp>
#include <dsql/uuid.hpp>

#include "base/hex.hpp"

namespace dsql {

std::vector<std::byte> codec<std::vector<std::byte>>::read(const binary_value& value) {
    const auto bytes = codec<std::span<const std::byte>>::read(value);
    return {bytes.begin(), bytes.end()};
}

}  // namespace dsql

namespace dsql::detail {

std::string_view jsonb_text(const binary_value& value) {
    if (value.size == 0 || value.data[0] != 1) {
        throw conversion_error(value.size == 0
                                   ? std::string("a jsonb without its version")
                                   : "a jsonb of version " +
                                         std::to_string(static_cast<unsigned char>(value.data[0])) +
                                         "; only version 1 can be read");
    }
    return value.bytes().substr(1);
}

std::string scalar_text(const binary_value& value) {
    return value.type == oids::uuid ? codec<uuid>::read(value).to_string()
                                    : codec<decimal>::read(value).to_string();
}

void check_no_zero_byte(std::string_view text) {
    if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) [[unlikely]] {
        throw conversion_error("a zero byte at position " + std::to_string(zero) +
                               "; PostgreSQL's text types cannot hold one");
    }
}

void put_text(byte_writer& out, std::string_view text) {
    check_no_zero_byte(text);
    out.put(text);
}

void bytea_codec::write_text(byte_writer& out, std::span<const std::byte> value) {
    out.put("\\x");
    char* to = out.extend(2 * value.size());
    for (const std::byte byte : value) {
        to = put_hex(to, static_cast<std::uint8_t>(byte));
    }
}

}  // namespace dsql::detail
