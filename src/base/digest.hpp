// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace dsql::detail {

using sha256_digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

[[nodiscard]] inline std::string_view as_text(const sha256_digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// SHA-256 of the pieces that are added, in their order (FIPS 180-4).
class DSQL_EXPORT sha256 {
public:
    sha256() noexcept;
    sha256& add(std::string_view text) noexcept;
    [[nodiscard]] sha256_digest finish() noexcept;

private:
    SHA256_CTX state_;
};

/// SHA-1 of a text in lower-case hexadecimal (FIPS 180-4): the name of a file, nothing that has to
/// be secure.
[[nodiscard]] std::string sha1_hex(std::string_view text);

/// SHA-256 of a text in lower-case hexadecimal (FIPS 180-4).
[[nodiscard]] std::string sha256_hex(std::string_view text);

/// An HMAC-SHA256 key with its two pads already hashed, so that a signature costs two blocks less
/// (RFC 2104, section 4). Wiped when it goes.
class hmac_sha256_key {
public:
    explicit hmac_sha256_key(std::string_view key) noexcept;
    hmac_sha256_key(const hmac_sha256_key&) noexcept = default;
    hmac_sha256_key& operator=(const hmac_sha256_key&) noexcept = default;
    ~hmac_sha256_key();

    [[nodiscard]] sha256_digest sign(std::string_view text) const noexcept;

private:
    SHA256_CTX inner_;
    SHA256_CTX outer_;
};

}  // namespace dsql::detail
