// SPDX-License-Identifier: Apache-2.0
#include "doctor/tls_handshake.hpp"

#include "doctor/tcp_socket.hpp"
#include "format.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dsql_cli::doctor {

namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;
using context_handle = std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)>;
using session_handle = std::unique_ptr<SSL, void (*)(SSL*)>;

constexpr const char* timed_out = "no answer in time";
constexpr const char* closed = "the server closed the connection during it";

std::string openssl_error() {
    const unsigned long code = ERR_get_error();
    const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return reason == nullptr ? "unknown OpenSSL error" : reason;
}

void require(bool succeeded, const std::string& what) {
    if (!succeeded) {
        throw std::runtime_error(what + ": " + openssl_error());
    }
}

void load_roots(SSL_CTX* context, const std::string& roots) {
    if (roots == "system") {
        require(SSL_CTX_set_default_verify_paths(context) == 1, "the system's trust store");
    } else {
        require(SSL_CTX_load_verify_locations(context, roots.c_str(), nullptr) == 1,
                "the root certificates in " + roots);
    }
}

context_handle make_context(const std::string& roots) {
    context_handle context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    require(context != nullptr, "TLS");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    load_roots(context.get(), roots);
    // OpenSSL still verifies the chain. SSL_VERIFY_NONE only keeps the handshake going after an
    // error, so that the report can describe the certificate.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
    return context;
}

session_handle make_session(SSL_CTX* context, const handshake_target& target, int descriptor) {
    static constexpr std::array<unsigned char, 11> protocols = {10,  'p', 'o', 's', 't', 'g',
                                                                'r', 'e', 's', 'q', 'l'};
    session_handle session(SSL_new(context), &SSL_free);
    require(session != nullptr, "TLS");
    SSL* const ssl = session.get();
    // As the library does, whatever OPENSSL_CONF says: the common name does not count, and keys
    // and signatures have at least 112 bits.
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    SSL_set_security_level(ssl, std::max(SSL_get_security_level(ssl), 2));
    require(SSL_set1_host(ssl, target.host.c_str()) == 1 &&
                // Not SSL_set_tlsext_host_name: that macro contains a C-style cast.
                SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                         const_cast<char*>(target.host.c_str())) == 1 &&
                SSL_set_alpn_protos(ssl, protocols.data(), protocols.size()) == 0 &&
                SSL_set_fd(ssl, descriptor) == 1,
            "TLS");
    return session;
}

// libcurl could neither send this before a handshake nor offer PostgreSQL's ALPN protocol without
// callbacks that are as long as this file's use of OpenSSL.
// Source: PostgreSQL, "SSL Session Encryption" and "SSLRequest".
std::string request_tls(int descriptor, steady_clock::time_point until) {
    static constexpr std::array<unsigned char, 8> request = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
    if (send(descriptor, request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size())) {
        return std::strerror(errno);
    }
    if (!wait_for(descriptor, POLLIN, until)) {
        return timed_out;
    }
    char reply_byte = 0;
    const ssize_t size = recv(descriptor, &reply_byte, 1, 0);
    if (size < 0) {
        return std::strerror(errno);
    }
    if (size == 0) {
        return closed;
    }
    return reply_byte == 'S' ? "" : "the server does not accept TLS";
}

std::string describe_tls_error(int kind, int error) {
    if (kind == SSL_ERROR_SYSCALL) {
        return error == 0 ? closed : std::strerror(error);
    }
    const std::string text = openssl_error();
    return text.find("unexpected eof") != std::string::npos ? closed : text;
}

// Returns an empty string if the handshake completed.
std::string connect_tls(SSL* ssl, int descriptor, steady_clock::time_point until) {
    for (;;) {
        ERR_clear_error();
        errno = 0;
        const int returned = SSL_connect(ssl);
        const int error = errno;
        if (returned == 1) {
            return {};
        }
        const int kind = SSL_get_error(ssl, returned);
        if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE) {
            return describe_tls_error(kind, error);
        }
        if (!wait_for(descriptor, kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until)) {
            return timed_out;
        }
    }
}

system_clock::time_point to_time_point(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return system_clock::from_time_t(timegm(&parts));
}

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
            const std::string raw(text, text + ASN1_STRING_length(name->d.dNSName));
            names.push_back(to_single_line(raw));
        }
    }
    return names;
}

// Returns the common name, or the organization if there is none.
std::string issuer_of(const X509* certificate) {
    const X509_NAME* const issuer = X509_get_issuer_name(certificate);
    std::array<char, 256> text{};
    for (const int part : {NID_commonName, NID_organizationName}) {
        if (X509_NAME_get_text_by_NID(issuer, part, text.data(), text.size()) > 0) {
            return to_single_line(text.data());
        }
    }
    return {};
}

certificate_fault classify_verification(long verified) {
    switch (verified) {
        case X509_V_OK:
            return certificate_fault::none;
        case X509_V_ERR_HOSTNAME_MISMATCH:
            return certificate_fault::wrong_name;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return certificate_fault::not_yet_valid;
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return certificate_fault::expired;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            return certificate_fault::untrusted;
        default:
            return certificate_fault::other;
    }
}

void describe_chain(const SSL* ssl, handshake& result) {
    // The verified chain ends with a trusted root. If verification failed, describe the chain that
    // the server sent.
    STACK_OF(X509)* chain = SSL_get0_verified_chain(ssl);
    if (chain == nullptr) {
        chain = SSL_get_peer_cert_chain(ssl);
    }
    result.chain_length = chain == nullptr ? 0 : sk_X509_num(chain);
    result.valid_until = system_clock::time_point::max();
    for (int i = 0; i < result.chain_length; ++i) {
        const X509* const one = sk_X509_value(chain, i);
        result.valid_from = std::max(result.valid_from, to_time_point(X509_get0_notBefore(one)));
        result.valid_until = std::min(result.valid_until, to_time_point(X509_get0_notAfter(one)));
    }
}

void describe_certificate(const SSL* ssl, handshake& result) {
    const long verified = SSL_get_verify_result(ssl);
    result.fault = classify_verification(verified);
    result.fault_text = X509_verify_cert_error_string(verified);
    const X509* const certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) {
        result.fault = certificate_fault::other;
        result.fault_text = "the server has no certificate";
        return;
    }
    result.names = dns_names(certificate);
    result.issuer = issuer_of(certificate);
    describe_chain(ssl, result);
}

handshake describe(const SSL* ssl) {
    handshake result{.version = SSL_get_version(ssl), .cipher = SSL_get_cipher_name(ssl)};
    const unsigned char* chosen = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl, &chosen, &size);
    if (chosen != nullptr) {
        result.alpn.assign(chosen, chosen + size);
    }
    describe_certificate(ssl, result);
    return result;
}

}  // namespace

void check_trust_roots(const std::string& roots) {
    static_cast<void>(make_context(roots));
}

handshake tls_handshake(const handshake_target& target) {
    const steady_clock::time_point until = steady_clock::now() + target.limit;
    const tcp_socket connected(target.address, target.port, target.limit);
    if (!target.direct) {
        if (std::string error_text = request_tls(connected.descriptor(), until);
            !error_text.empty()) {
            return {.error = std::move(error_text)};
        }
    }
    const context_handle context = make_context(target.root_certificate);
    const session_handle session = make_session(context.get(), target, connected.descriptor());
    if (std::string error_text = connect_tls(session.get(), connected.descriptor(), until);
        !error_text.empty()) {
        return {.error = std::move(error_text)};
    }
    handshake result = describe(session.get());
    SSL_shutdown(session.get());
    return result;
}

}  // namespace dsql_cli::doctor
