// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/certificate_check.hpp"

#include "base/text.hpp"
#include "base/utc_time.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace dsql::pg {

namespace {

using detail::in_quotes;

// Keys and signatures of 112 bits: RSA of 2048 bits, SHA-256. The default of Debian, and of OpenSSL
// since version 3.2. No cipher without authentication or encryption has it.
constexpr int lowest_security_level = 2;

std::vector<std::string> dns_names(const X509* certificate) {
    const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> all(
        static_cast<GENERAL_NAMES*>(
            X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
        &GENERAL_NAMES_free);
    std::vector<std::string> names;
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
        if (name->type == GEN_DNS) {
            const unsigned char* const text = ASN1_STRING_get0_data(name->d.dNSName);
            names.emplace_back(text, text + ASN1_STRING_length(name->d.dNSName));
        }
    }
    return names;
}

// Returns the first part of that kind, in UTF-8; empty if there is none.
std::string part_of_name(const X509_NAME* name, int kind) {
    const int at = X509_NAME_get_index_by_NID(name, kind, -1);
    if (at < 0) {
        return {};
    }
    unsigned char* text = nullptr;
    const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
    const int size = ASN1_STRING_to_UTF8(&text, value);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
        text, [](unsigned char* used) { OPENSSL_free(used); });
    return size < 0 ? std::string() : std::string(text, text + size);
}

// Returns the common name in quotes, or the organization if there is none.
std::string quoted_name(const X509_NAME* name) {
    const std::string common = part_of_name(name, NID_commonName);
    return in_quotes(common.empty() ? part_of_name(name, NID_organizationName) : common);
}

std::string issuer_of(X509_STORE_CTX* context) {
    const X509* const certificate = X509_STORE_CTX_get_current_cert(context);
    return certificate == nullptr ? "an unnamed authority"
                                  : quoted_name(X509_get_issuer_name(certificate));
}

// Which certificate of the chain a check was about.
std::string subject_of(X509_STORE_CTX* context) {
    const X509* const certificate = X509_STORE_CTX_get_current_cert(context);
    if (X509_STORE_CTX_get_error_depth(context) == 0 || certificate == nullptr) {
        return "the server's certificate";
    }
    return "the certificate of the authority " + quoted_name(X509_get_subject_name(certificate));
}

std::string time_and_clock(const ASN1_TIME* time) {
    std::tm parts{};
    std::string text = "an unknown time";
    if (ASN1_TIME_to_tm(time, &parts) == 1) {
        text = detail::format_utc_time(std::chrono::system_clock::from_time_t(timegm(&parts)));
    }
    return text + "; this machine's clock says " +
           detail::format_utc_time(std::chrono::system_clock::now());
}

std::string names_text(const X509* certificate) {
    constexpr std::size_t most_names = 5;
    const std::vector<std::string> names = dns_names(certificate);
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i) {
        text += (i == 0 ? "" : ", ") + in_quotes(names[i]);
    }
    return names.size() > most_names
               ? text + " and " + std::to_string(names.size() - most_names) + " more names"
               : text;
}

std::string wrong_host_text(X509_STORE_CTX* context, const char* host) {
    const X509* const certificate = X509_STORE_CTX_get0_cert(context);
    const std::string names = names_text(certificate);
    if (!names.empty()) {
        return "the server's certificate is for " + names + ", not for " + in_quotes(host);
    }
    return "the server's certificate has no DNS names, so it is not for " + in_quotes(host) +
           "; its common name " + quoted_name(X509_get_subject_name(certificate)) +
           " does not count";
}

server_fault unknown_authority(std::string text) {
    return {distrust_reason::certificate_unknown_authority, std::move(text)};
}

server_fault fault_of(X509_STORE_CTX* context, const char* host) {
    const int error = X509_STORE_CTX_get_error(context);
    const X509* const current = X509_STORE_CTX_get_current_cert(context);
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return {
                distrust_reason::certificate_expired,
                subject_of(context) + " expired at " + time_and_clock(X509_get0_notAfter(current))};
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return {distrust_reason::certificate_not_yet_valid,
                    subject_of(context) + " is not valid before " +
                        time_and_clock(X509_get0_notBefore(current))};
        case X509_V_ERR_HOSTNAME_MISMATCH:
            return {distrust_reason::certificate_wrong_host, wrong_host_text(context, host)};
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            return unknown_authority("the server's certificate is self-signed and not trusted");
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return unknown_authority("the authority " + issuer_of(context) +
                                     ", which the server's certificate is from, is not trusted");
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            return unknown_authority(subject_of(context) + " was issued by " + issuer_of(context) +
                                     ", which is not trusted");
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return unknown_authority(subject_of(context) + " claims to be issued by " +
                                     issuer_of(context) + ", but that authority did not sign it");
        default:
            return {
                distrust_reason::certificate_invalid,
                subject_of(context) + " is not accepted: " + X509_verify_cert_error_string(error)};
    }
}

bool is_complete(X509* certificate) noexcept {
    constexpr unsigned incomplete = EXFLAG_INVALID | EXFLAG_NO_FINGERPRINT;
    const EVP_PKEY* const key = X509_get0_pubkey(certificate);
    return key != nullptr && EVP_PKEY_get_security_bits(key) > 0 &&
           (X509_get_extension_flags(certificate) & incomplete) == 0;
}

// Whether memory ran out while OpenSSL read a certificate. It reads key and extensions once, and
// keeps what it could not read as missing. So a copy, which is read anew, has more.
bool has_lost_parts(X509* certificate) noexcept {
    if (certificate == nullptr || is_complete(certificate)) {
        return false;
    }
    const std::unique_ptr<X509, decltype(&X509_free)> copy(X509_dup(certificate), &X509_free);
    return copy == nullptr || is_complete(copy.get());
}

}  // namespace

bool has_lost_certificate(X509_STORE_CTX* context) noexcept {
    ERR_set_mark();
    bool found = false;
    X509_STORE* const store = X509_STORE_CTX_get0_store(context);
    const STACK_OF(X509_OBJECT)* const trusted =
        store == nullptr ? nullptr : X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(trusted); ++i) {
        found = found || has_lost_parts(X509_OBJECT_get0_X509(sk_X509_OBJECT_value(trusted, i)));
    }
    found = found || has_lost_parts(X509_STORE_CTX_get0_cert(context));
    ERR_pop_to_mark();
    return found;
}

bool require_certificate(SSL* tls, const char* host, verify_callback callback) noexcept {
    X509_VERIFY_PARAM* const parameters = SSL_get0_param(tls);
    X509_VERIFY_PARAM_set_hostflags(
        parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set_security_level(tls, std::max(SSL_get_security_level(tls), lowest_security_level));
    SSL_set_verify(tls, SSL_VERIFY_PEER, callback);
    return X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1;
}

bool has_verified(SSL* tls, const char* host) noexcept {
    X509* const certificate = SSL_get0_peer_certificate(tls);
    return certificate != nullptr && SSL_get_verify_result(tls) == X509_V_OK &&
           X509_check_host(certificate, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

void restore_callback(SSL* tls, verify_callback of_libpq) noexcept {
    SSL_set_verify(tls, SSL_VERIFY_PEER, of_libpq);
}

server_fault certificate_fault(X509_STORE_CTX* context, const char* host) noexcept {
    try {
        return fault_of(context, host);
    } catch (const std::exception&) {
        return {distrust_reason::certificate_invalid, {}};
    }
}

}  // namespace dsql::pg
