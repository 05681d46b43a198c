// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/sha256.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace dsql::detail {

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
    OPENSSL_cleanse(padded.data(), padded.size());
}

}  // namespace

hmac_sha256_key::hmac_sha256_key(std::string_view key) noexcept {
    block padded = key_block(key);
    start_with_pad(inner_, padded, 0x36);
    start_with_pad(outer_, padded, 0x5c);
    OPENSSL_cleanse(padded.data(), padded.size());
}

hmac_sha256_key::~hmac_sha256_key() {
    OPENSSL_cleanse(&inner_, sizeof inner_);
    OPENSSL_cleanse(&outer_, sizeof outer_);
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
