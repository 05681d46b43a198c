// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace dsql::detail {

using sha256_digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

[[nodiscard]] inline std::string_view as_text(const sha256_digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// A SHA-256 in progress (FIPS 180-4), which can be copied. With DSQL_DIGESTS_BY_EVP, by OpenSSL's
/// EVP interface: its functions throw `error` if OpenSSL's configuration offers no SHA-256, and
/// `std::bad_alloc`. Otherwise by OpenSSL's low-level functions, which cannot fail.
#ifdef DSQL_DIGESTS_BY_EVP
class DSQL_EXPORT sha256_state {
public:
    sha256_state();
    sha256_state(const sha256_state& other);
    sha256_state& operator=(const sha256_state& other);
    ~sha256_state() = default;

    void add(const void* bytes, std::size_t size);
    void finish(sha256_digest& digest);

private:
    struct free_context {
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, free_context> context_;
};
#else
class DSQL_EXPORT sha256_state {
public:
    sha256_state() noexcept;
    sha256_state(const sha256_state&) noexcept = default;
    sha256_state& operator=(const sha256_state&) noexcept = default;
    ~sha256_state();

    void add(const void* bytes, std::size_t size) noexcept;
    void finish(sha256_digest& digest) noexcept;

private:
    SHA256_CTX context_;
};
#endif

/// The SHA-256 digest of the texts that are added, in their order.
class DSQL_EXPORT sha256 {
public:
    sha256& add(std::string_view text);
    [[nodiscard]] sha256_digest finish();

private:
    sha256_state state_;
};

/// The SHA-1 digest of a text in lower-case hexadecimal (FIPS 180-4). Used for file names that the
/// AWS CLI chose, never for security.
[[nodiscard]] std::string sha1_hex(std::string_view text);

/// The SHA-256 digest of a text in lower-case hexadecimal (FIPS 180-4).
[[nodiscard]] std::string sha256_hex(std::string_view text);

/// An HMAC-SHA256 key with both pads hashed in advance, which saves two blocks for each signature
/// (RFC 2104, section 4). Cleansed at its end.
class hmac_sha256_key {
public:
    explicit hmac_sha256_key(std::string_view key);

    [[nodiscard]] sha256_digest sign(std::string_view text) const;

private:
    sha256_state inner_;
    sha256_state outer_;
};

}  // namespace dsql::detail
