// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace dsql::aws {

/// An EC P-256 private key that signs DPoP proofs. A proof is a JSON Web Token for one request,
/// signed with ES256, and shows that its sender has the key. Const member functions are
/// thread-safe.
/// Source: RFC 9449 (DPoP), section 4.2; RFC 7515 and 7518, section 3.4 (ES256).
class dpop_key {
public:
    /// Reads an unencrypted key in PEM, "EC PRIVATE KEY" or "PRIVATE KEY". Throws
    /// `credentials_error`, which never shows the text.
    explicit dpop_key(std::string_view pem);

    /// Returns a new proof: the `DPoP` header of a POST to `url`, which must have no query and no
    /// fragment. `now` is the current wall-clock time. Use each proof only once, because a service
    /// may reject one that it has already seen.
    [[nodiscard]] std::string proof(std::string_view url,
                                    std::chrono::system_clock::time_point now) const;

private:
    struct key_deleter {
        void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    };
    std::unique_ptr<EVP_PKEY, key_deleter> key_;
};

}  // namespace dsql::aws
