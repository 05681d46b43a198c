// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/loopback_server.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

/// The certificate of a `tls_server`.
struct tls_server_options {
    std::string name = "localhost";            ///< DNS name; the certificate is self-signed
    std::chrono::seconds valid_from{-86'400};  ///< from now
    std::chrono::seconds valid_until{86'400};  ///< from now
    bool chooses_alpn = true;
};

/// Performs a TLS handshake on each connection, then waits until the client closes it.
class tls_server {
public:
    explicit tls_server(const tls_server_options& options)
        : key_(EVP_EC_gen("P-256"), &EVP_PKEY_free),
          certificate_(make_certificate(options, key_.get()), &X509_free),
          context_(make_context(options, certificate_.get(), key_.get()), &SSL_CTX_free),
          server_([this](int connection) { serve(connection); }) {}

    [[nodiscard]] int port() const noexcept { return server_.port(); }

    /// The certificate, which is also the authority to trust.
    [[nodiscard]] std::string certificate_pem() const {
        const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), &BIO_free);
        PEM_write_bio_X509(memory.get(), certificate_.get());
        std::string text(static_cast<std::size_t>(BIO_pending(memory.get())), '\0');
        BIO_read(memory.get(), text.data(), static_cast<int>(text.size()));
        return text;
    }

private:
    static void add_extension(X509* certificate, int kind, const std::string& value) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
        const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
            X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &X509_EXTENSION_free);
        if (X509_add_ext(certificate, extension.get(), -1) != 1) {
            throw std::runtime_error("no extension " + value);
        }
    }

    static X509* make_certificate(const tls_server_options& options, EVP_PKEY* key) {
        X509* const made = X509_new();
        X509_set_version(made, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
        X509_gmtime_adj(X509_getm_notBefore(made), static_cast<long>(options.valid_from.count()));
        X509_gmtime_adj(X509_getm_notAfter(made), static_cast<long>(options.valid_until.count()));
        X509_set_pubkey(made, key);
        const auto* const name = reinterpret_cast<const unsigned char*>(options.name.c_str());
        X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, name, -1, -1,
                                   0);
        X509_set_issuer_name(made, X509_get_subject_name(made));
        add_extension(made, NID_subject_alt_name, "DNS:" + options.name);
        if (X509_sign(made, key, EVP_sha256()) == 0) {
            throw std::runtime_error("no certificate");
        }
        return made;
    }

    static int choose_postgresql(SSL*, const unsigned char** chosen, unsigned char* size,
                                 const unsigned char* offered, unsigned int, void*) {
        *chosen = offered + 1;
        *size = *offered;
        return SSL_TLSEXT_ERR_OK;
    }

    static SSL_CTX* make_context(const tls_server_options& options, X509* certificate,
                                 EVP_PKEY* key) {
        SSL_CTX* const made = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate(made, certificate);
        SSL_CTX_use_PrivateKey(made, key);
        if (options.chooses_alpn) {
            SSL_CTX_set_alpn_select_cb(made, &choose_postgresql, nullptr);
        }
        return made;
    }

    // libpq before 17 sends PostgreSQL's SSLRequest before the ClientHello.
    static void answer_request(int connection) {
        std::array<char, 8> request{};
        if (recv(connection, request.data(), 1, MSG_PEEK) == 1 && request[0] == 0) {
            recv(connection, request.data(), request.size(), MSG_WAITALL);
            send(connection, "S", 1, MSG_NOSIGNAL);
        }
    }

    // The client may close the connection before the end of the handshake is written.
    static void block_broken_pipes() {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    }

    void serve(int connection) const {
        block_broken_pipes();
        answer_request(connection);
        const std::unique_ptr<SSL, void (*)(SSL*)> session(SSL_new(context_.get()), &SSL_free);
        SSL_set_fd(session.get(), connection);
        char ignored = 0;
        if (SSL_accept(session.get()) == 1) {
            SSL_read(session.get(), &ignored, 1);
        }
    }

    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
    std::unique_ptr<X509, void (*)(X509*)> certificate_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    loopback_server server_;  // the last member, because its thread uses those above
};
