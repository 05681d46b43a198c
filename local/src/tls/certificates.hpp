// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

namespace dsql_local {

/// A deleter for std::unique_ptr that calls OpenSSL's function for the type of handle.
template <auto free_handle>
struct openssl_deleter {
    template <class T>
    void operator()(T* handle) const noexcept {
        free_handle(handle);
    }
};

using private_key = std::unique_ptr<EVP_PKEY, openssl_deleter<EVP_PKEY_free>>;
using certificate = std::unique_ptr<X509, openssl_deleter<X509_free>>;
using x509_extension = std::unique_ptr<X509_EXTENSION, openssl_deleter<X509_EXTENSION_free>>;
using memory_bio = std::unique_ptr<BIO, openssl_deleter<BIO_free_all>>;

/// A certificate and its private key. The key is never written to disk.
struct key_pair {
    private_key key;
    certificate cert;
};

/// Makes a new certificate authority: ECDSA on P-256, valid for 30 days.
/// Throws std::runtime_error if OpenSSL fails.
key_pair make_authority();

/// Makes the endpoint's certificate, signed by `authority`, for the host names
/// `*.dsql.<region>.on.aws`, `*.dsql-local.<region>.on.aws` and `localhost`.
/// Throws std::runtime_error if OpenSSL fails.
key_pair make_server_certificate(const key_pair& authority, const std::string& region);

/// Encodes the certificate as PEM. Throws std::runtime_error if OpenSSL fails.
std::string to_pem(const certificate& cert);

}  // namespace dsql_local
