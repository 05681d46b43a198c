// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <stdexcept>
#include <string>

/// A new key pair.
class test_key {
public:
    /// Makes a key on an elliptic curve: "P-256" or "P-384".
    explicit test_key(const char* curve)
        : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), &EVP_PKEY_free) {
        if (!key_) {
            throw std::runtime_error("no key");
        }
    }

    /// Returns the private key in PEM: as "EC PRIVATE KEY", which `aws login` writes, or as
    /// "PRIVATE KEY".
    [[nodiscard]] std::string pem(bool traditional = true, const EVP_CIPHER* cipher = nullptr) {
        const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), &BIO_free);
        std::string password = "password";
        auto* const bytes = reinterpret_cast<unsigned char*>(password.data());
        const int size = cipher == nullptr ? 0 : static_cast<int>(password.size());
        const int done = traditional
                             ? PEM_write_bio_PrivateKey_traditional(bio.get(), key_.get(), cipher,
                                                                    bytes, size, nullptr, nullptr)
                             : PEM_write_bio_PrivateKey(bio.get(), key_.get(), cipher, bytes, size,
                                                        nullptr, nullptr);
        char* text = nullptr;
        const long length = BIO_get_mem_data(bio.get(), &text);
        if (done != 1) {
            throw std::runtime_error("no PEM");
        }
        return {text, static_cast<std::size_t>(length)};
    }

    [[nodiscard]] EVP_PKEY* get() const noexcept { return key_.get(); }

private:
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
};
