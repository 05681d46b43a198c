// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace dsql::detail {

/// An EC P-256 private key that proves who holds it: each proof is a JSON Web Token for one
/// request, signed with ES256. Const use is safe from any thread.
/// Source: RFC 9449 (DPoP), section 4.2; RFC 7515 and 7518, section 3.4 (ES256).
class dpop_key {
public:
    /// Reads a key in PEM, "EC PRIVATE KEY" or "PRIVATE KEY", without a password. Throws
    /// `credentials_error`; nothing of the text is in it.
    explicit dpop_key(std::string_view pem);

    /// The `DPoP` header of a POST to `url`, which has neither query nor fragment. `now` is the
    /// time of day. Each call makes another one: a service may refuse one that it has seen.
    [[nodiscard]] std::string proof(std::string_view url,
                                    std::chrono::system_clock::time_point now) const;

private:
    struct key_deleter {
        void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    };
    std::unique_ptr<EVP_PKEY, key_deleter> key_;
};

}  // namespace dsql::detail
