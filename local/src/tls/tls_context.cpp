// SPDX-License-Identifier: Apache-2.0
#include "tls/tls_context.hpp"

#include <array>
#include <stdexcept>

namespace dsql_local {
namespace {

// ALPN's wire format: each name follows its length.
constexpr std::array<unsigned char, 11> offered_protocols = {10,  'p', 'o', 's', 't', 'g',
                                                             'r', 'e', 's', 'q', 'l'};

int select_protocol(SSL* /*tls*/, const unsigned char** chosen, unsigned char* chosen_length,
                    const unsigned char* wanted, unsigned int wanted_length, void* /*argument*/) {
    unsigned char* found = nullptr;
    const int result = SSL_select_next_proto(&found, chosen_length, offered_protocols.data(),
                                             static_cast<unsigned int>(offered_protocols.size()),
                                             wanted, wanted_length);
    if (result != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

void set_versions_and_ciphers(SSL_CTX* context) {
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
        throw std::runtime_error("OpenSSL does not offer TLS 1.2 with forward secrecy");
    }
}

void disable_resumption(SSL_CTX* context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_num_tickets(context, 0);
}

}  // namespace

boost::asio::ssl::context make_tls_context(const key_pair& server) {
    boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
    SSL_CTX* native = context.native_handle();
    set_versions_and_ciphers(native);
    disable_resumption(native);
    if (SSL_CTX_use_certificate(native, server.cert.get()) != 1 ||
        SSL_CTX_use_PrivateKey(native, server.key.get()) != 1) {
        throw std::runtime_error("OpenSSL does not take the endpoint's certificate");
    }
    SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
    return context;
}

}  // namespace dsql_local
