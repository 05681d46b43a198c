// SPDX-License-Identifier: Apache-2.0
// The low-level interface is deprecated in OpenSSL 3 in favor of EVP, which fetches an algorithm
// and allocates a context for every digest: 3 to 6 times the time of a token. Nothing here is
// secret by construction, and both interfaces run the same assembly.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/digest.hpp"

#include <dsql/secret_string.hpp>

#include "base/hex.hpp"

#include <algorithm>
#include <array>

namespace dsql::detail {

sha256::sha256() noexcept {
    SHA256_Init(&state_);
}

sha256& sha256::add(std::string_view text) noexcept {
    SHA256_Update(&state_, text.data(), text.size());
    return *this;
}

sha256_digest sha256::finish() noexcept {
    sha256_digest digest;
    SHA256_Final(digest.data(), &state_);
    return digest;
}

std::string sha1_hex(std::string_view text) {
    std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    std::string hex;
    append_hex(hex, digest);
    return hex;
}

std::string sha256_hex(std::string_view text) {
    std::string hex;
    append_hex(hex, sha256().add(text).finish());
    return hex;
}

namespace {

using block = std::array<unsigned char, SHA256_CBLOCK>;

block key_block(std::string_view key) noexcept {
    block padded{};
    if (key.size() > padded.size()) {
        const sha256_digest digest = sha256().add(key).finish();
        std::copy(digest.begin(), digest.end(), padded.begin());
    } else {
        std::copy(key.begin(), key.end(), padded.begin());
    }
    return padded;
}

void start_with_pad(SHA256_CTX& state, const block& key, unsigned char pad) noexcept {
    block padded;
    std::transform(key.begin(), key.end(), padded.begin(),
                   [pad](unsigned char byte) { return static_cast<unsigned char>(byte ^ pad); });
    SHA256_Init(&state);
    SHA256_Update(&state, padded.data(), padded.size());
    cleanse(padded.data(), padded.size());
}

}  // namespace

hmac_sha256_key::hmac_sha256_key(std::string_view key) noexcept {
    block padded = key_block(key);
    start_with_pad(inner_, padded, 0x36);
    start_with_pad(outer_, padded, 0x5c);
    cleanse(padded.data(), padded.size());
}

hmac_sha256_key::~hmac_sha256_key() {
    cleanse(&inner_, sizeof inner_);
    cleanse(&outer_, sizeof outer_);
}

sha256_digest hmac_sha256_key::sign(std::string_view text) const noexcept {
    sha256_digest digest;
    SHA256_CTX state = inner_;
    SHA256_Update(&state, text.data(), text.size());
    SHA256_Final(digest.data(), &state);
    state = outer_;
    SHA256_Update(&state, digest.data(), digest.size());
    SHA256_Final(digest.data(), &state);
    return digest;
}

}  // namespace dsql::detail
