// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/signing_key.hpp"

#include <openssl/crypto.h>

#include <string>

namespace dsql::detail {

namespace {

// One link of the chain: the digest of `text` under `key`, as the next key.
hmac_sha256_key next_key(const hmac_sha256_key& key, std::string_view text) noexcept {
    sha256_digest digest = key.sign(text);
    const hmac_sha256_key next(as_text(digest));
    OPENSSL_cleanse(digest.data(), digest.size());
    return next;
}

}  // namespace

hmac_sha256_key derive_signing_key(std::string_view secret_access_key, std::string_view day,
                                   std::string_view region, std::string_view service) {
    std::string first("AWS4");
    first += secret_access_key;
    const hmac_sha256_key secret_key(first);
    OPENSSL_cleanse(first.data(), first.size());
    return next_key(next_key(next_key(next_key(secret_key, day), region), service), "aws4_request");
}

}  // namespace dsql::detail
