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

/// The SHA-256 digest of the texts that are added, in their order (FIPS 180-4).
class DSQL_EXPORT sha256 {
public:
    sha256() noexcept;
    sha256& add(std::string_view text) noexcept;
    [[nodiscard]] sha256_digest finish() noexcept;

private:
    SHA256_CTX state_;
};

/// The SHA-1 digest of a text in lower-case hexadecimal (FIPS 180-4). Used for file names that the
/// AWS CLI chose, never for security.
[[nodiscard]] std::string sha1_hex(std::string_view text);

/// The SHA-256 digest of a text in lower-case hexadecimal (FIPS 180-4).
[[nodiscard]] std::string sha256_hex(std::string_view text);

/// An HMAC-SHA256 key with both pads hashed in advance, which saves two blocks for each signature
/// (RFC 2104, section 4). The destructor cleanses it.
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
