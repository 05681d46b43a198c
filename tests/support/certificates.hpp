// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

/// What a certificate of a test says. The default is one that a server may use.
struct certificate_request {
    std::string common_name = "server";
    std::vector<std::string> dns_names{};      ///< alternative names; any bytes
    std::chrono::seconds valid_from{-86'400};  ///< from now
    std::chrono::seconds valid_until{86'400};  ///< from now
    bool is_authority = false;
    std::string purpose = "serverAuth";  ///< extended key usage; empty: none
    bool has_key_ids = false;            ///< names its own key and that of its issuer
    int rsa_bits = 0;                    ///< 0: an elliptic curve
    const EVP_MD* digest = EVP_sha256();
};

/// A certificate with its private key.
class certified_key {
public:
    /// A certificate that has signed itself.
    explicit certified_key(const certificate_request& request) : certified_key(request, nullptr) {}

    /// A certificate that this one has signed.
    [[nodiscard]] certified_key issue(const certificate_request& request) const {
        return certified_key(request, this);
    }

    [[nodiscard]] EVP_PKEY* key() const noexcept { return key_.get(); }
    [[nodiscard]] X509* certificate() const noexcept { return certificate_.get(); }

    [[nodiscard]] std::string pem() const {
        const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_X509(memory.get(), certificate());
        std::string text(static_cast<std::size_t>(BIO_pending(memory.get())), '\0');
        BIO_read(memory.get(), text.data(), static_cast<int>(text.size()));
        return text;
    }

private:
    certified_key(const certificate_request& request, const certified_key* issuer)
        : key_(request.rsa_bits == 0 ? EVP_EC_gen("P-256")
                                     : EVP_RSA_gen(static_cast<unsigned>(request.rsa_bits)),
               &EVP_PKEY_free),
          certificate_(X509_new(), &X509_free) {
        const certified_key& by = issuer == nullptr ? *this : *issuer;
        describe(request);
        X509_set_issuer_name(certificate(), X509_get_subject_name(by.certificate()));
        add_extensions(request, by);
        if (X509_sign(certificate(), by.key(), request.digest) == 0) {
            throw std::runtime_error("no certificate");
        }
    }

    void describe(const certificate_request& request) {
        static int serial = 0;
        X509_set_version(certificate(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate()), ++serial);
        X509_gmtime_adj(X509_getm_notBefore(certificate()),
                        static_cast<long>(request.valid_from.count()));
        X509_gmtime_adj(X509_getm_notAfter(certificate()),
                        static_cast<long>(request.valid_until.count()));
        X509_set_pubkey(certificate(), key());
        const auto* const name = reinterpret_cast<const unsigned char*>(request.common_name.data());
        X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate()), NID_commonName,
                                   MBSTRING_UTF8, const_cast<unsigned char*>(name),
                                   static_cast<int>(request.common_name.size()), -1, 0);
    }

    void add_extensions(const certificate_request& request, const certified_key& issuer) {
        add_extension(issuer, NID_basic_constraints,
                      request.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
        if (!request.purpose.empty() && !request.is_authority) {
            add_extension(issuer, NID_ext_key_usage, request.purpose);
        }
        if (request.has_key_ids) {
            add_extension(issuer, NID_subject_key_identifier, "hash");
            if (&issuer != this) {
                add_extension(issuer, NID_authority_key_identifier, "keyid:always");
            }
        }
        if (!request.dns_names.empty()) {
            add_names(request.dns_names);
        }
    }

    void add_extension(const certified_key& issuer, int kind, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, issuer.certificate(), certificate(), nullptr, nullptr, 0);
        const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
            X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
        if (X509_add_ext(certificate(), extension.get(), -1) != 1) {
            throw std::runtime_error("no extension " + value);
        }
    }

    // Not from a text, which would not take every byte.
    void add_names(const std::vector<std::string>& names) {
        const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> all(
            sk_GENERAL_NAME_new_null(), &GENERAL_NAMES_free);
        for (const std::string& name : names) {
            GENERAL_NAME* const one = GENERAL_NAME_new();
            ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
            ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
            GENERAL_NAME_set0_value(one, GEN_DNS, text);
            sk_GENERAL_NAME_push(all.get(), one);
        }
        if (X509_add1_ext_i2d(certificate(), NID_subject_alt_name, all.get(), 0,
                              X509V3_ADD_DEFAULT) != 1) {
            throw std::runtime_error("no names");
        }
    }

    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
};
