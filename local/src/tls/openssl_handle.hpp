// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace dsql_local {

/// Calls OpenSSL's own function for freeing a handle.
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

}  // namespace dsql_local
