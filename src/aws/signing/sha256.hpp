// SPDX-License-Identifier: Apache-2.0
#pragma once

// The low-level interface is deprecated in OpenSSL 3 in favour of EVP, which fetches an algorithm
// and allocates a context for every digest: 3 to 6 times the time of a token. Nothing here is
// secret by construction, and both interfaces run the same assembly.
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace dsql::detail {

using sha256_digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

[[nodiscard]] inline std::string_view as_text(const sha256_digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// SHA-256 of what is added, piece by piece (FIPS 180-4).
class sha256 {
public:
    sha256() noexcept { SHA256_Init(&state_); }
    sha256& add(std::string_view text) noexcept {
        SHA256_Update(&state_, text.data(), text.size());
        return *this;
    }
    [[nodiscard]] sha256_digest finish() noexcept {
        sha256_digest digest;
        SHA256_Final(digest.data(), &state_);
        return digest;
    }

private:
    SHA256_CTX state_;
};

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
