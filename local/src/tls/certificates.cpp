// SPDX-License-Identifier: Apache-2.0
#include "tls/certificates.hpp"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace dsql_local {
namespace {

constexpr long seconds_per_day = 24L * 60 * 60;
constexpr long days_valid = 30;

void require(bool succeeded, const char* step) {
    if (!succeeded) {
        const char* reason = ERR_reason_error_string(ERR_get_error());
        throw std::runtime_error(std::string("OpenSSL cannot ") + step + ": " +
                                 (reason == nullptr ? "unknown reason" : reason));
    }
}

private_key make_key() {
    private_key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    require(key != nullptr, "make a key");
    return key;
}

void set_random_serial(X509* cert) {
    std::array<unsigned char, 16> bytes{};
    require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "get random bytes");
    bytes[0] = static_cast<unsigned char>((bytes[0] & 0x3FU) | 0x40U);  // positive, full length
    const std::unique_ptr<BIGNUM, openssl_deleter<BN_free>> number(
        BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    require(number != nullptr &&
                BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert)) != nullptr,
            "set a serial number");
}

void set_common_name(X509* cert, const std::string& name) {
    require(X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                       reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1,
                                       0) == 1,
            "set a certificate's name");
}

certificate make_unsigned(EVP_PKEY* key, const std::string& name) {
    certificate cert(X509_new());
    require(cert != nullptr, "make a certificate");
    require(X509_set_version(cert.get(), X509_VERSION_3) == 1, "set a certificate's version");
    set_random_serial(cert.get());
    // Valid since yesterday, for clients whose clock is slow.
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -seconds_per_day);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), days_valid * seconds_per_day);
    require(X509_set_pubkey(cert.get(), key) == 1, "set a certificate's key");
    set_common_name(cert.get(), name);
    return cert;
}

void add_extension(X509* cert, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    const x509_extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    require(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1,
            "add a certificate extension");
}

void sign(X509* cert, X509* issuer, EVP_PKEY* issuer_key) {
    require(X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1,
            "set a certificate's issuer");
    require(X509_sign(cert, issuer_key, EVP_sha256()) != 0, "sign a certificate");
}

std::string subject_names(const std::string& region) {
    return "DNS:*.dsql." + region + ".on.aws,DNS:*.dsql-local." + region + ".on.aws,DNS:localhost";
}

}  // namespace

key_pair make_authority() {
    key_pair authority;
    authority.key = make_key();
    authority.cert = make_unsigned(authority.key.get(), "dsql-local test authority");
    X509* cert = authority.cert.get();
    add_extension(cert, cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(cert, cert, NID_subject_key_identifier, "hash");
    sign(cert, cert, authority.key.get());
    return authority;
}

key_pair make_server_certificate(const key_pair& authority, const std::string& region) {
    key_pair server;
    server.key = make_key();
    server.cert = make_unsigned(server.key.get(), "dsql-local");
    X509* cert = server.cert.get();
    X509* issuer = authority.cert.get();
    add_extension(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(cert, issuer, NID_ext_key_usage, "serverAuth");
    add_extension(cert, issuer, NID_subject_key_identifier, "hash");
    add_extension(cert, issuer, NID_authority_key_identifier, "keyid");
    add_extension(cert, issuer, NID_subject_alt_name, subject_names(region));
    sign(cert, issuer, authority.key.get());
    return server;
}

std::string to_pem(const certificate& cert) {
    const memory_bio bio(BIO_new(BIO_s_mem()));
    require(bio != nullptr && PEM_write_bio_X509(bio.get(), cert.get()) == 1,
            "write a certificate");
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

}  // namespace dsql_local
