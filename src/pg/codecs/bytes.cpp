// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/bytes.hpp>

#include "pg/hex_digits.hpp"

namespace dsql::detail {

void bytea_codec::write_text(byte_writer& out, std::span<const std::byte> value) {
    out.put("\\x");
    char* to = out.extend(2 * value.size());
    for (const std::byte byte : value) {
        to = pg::put_hex(to, static_cast<std::uint8_t>(byte));
    }
}

}  // namespace dsql::detail
