// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tls/openssl_handle.hpp"

#include <string>

namespace dsql_local {

/// A certificate and the private key that goes with it; neither is ever written to disk with its
/// key.
struct key_pair {
    private_key key;
    certificate cert;
};

/// Makes a certificate authority of this run's own: ECDSA on P-256, valid for 30 days.
/// Throws std::runtime_error when OpenSSL fails, as do the functions below.
key_pair make_authority();

/// Makes the endpoint's certificate, signed by `authority`, for the host names of `region`:
/// `*.dsql.<region>.on.aws`, `*.dsql-local.<region>.on.aws` and `localhost`.
key_pair make_server_certificate(const key_pair& authority, const std::string& region);

/// The certificate in PEM.
std::string to_pem(const certificate& cert);

}  // namespace dsql_local
