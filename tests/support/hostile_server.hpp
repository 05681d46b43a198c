// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/certificates.hpp"
#include "support/loopback_server.hpp"

#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a `hostile_server` does on each connection.
struct hostile_script {
    /// The answer to PostgreSQL's request for TLS, which libpq sends before version 17. Nothing
    /// else follows if it does not begin with 'S'.
    std::string answer_to_request = "S";
    /// Sent in place of TLS; the connection is then only listened to.
    std::string in_place_of_tls{};
    std::optional<certified_key> shown{};        ///< the certificate, if any
    std::vector<certified_key> intermediates{};  ///< sent after it
    std::string ciphers = "DEFAULT:@SECLEVEL=0";
    int highest_version = TLS1_3_VERSION;
    std::string alpn = "postgresql";  ///< what it chooses; empty: none
    std::string after_startup{};      ///< sent when the startup packet has arrived
    bool byte_by_byte = false;        ///< sends that in TLS records of one byte
};

/// A server that does what a man in the middle could do, and records all that it gets.
class hostile_server {
public:
    explicit hostile_server(hostile_script script)
        : script_(std::move(script)),
          context_(make_context(script_), &SSL_CTX_free),
          server_([this](int connection) { serve(connection); }) {}

    [[nodiscard]] int port() const noexcept { return server_->port(); }

    /// Everything that arrived, as it was sent and, if TLS was established, decrypted.
    struct record {
        std::string raw{};
        std::string startup{};        ///< the decrypted startup packets
        std::string after_startup{};  ///< what was decrypted after them
    };

    /// Ends the server, and returns the record.
    [[nodiscard]] record stop() {
        server_.reset();
        return record_;
    }

private:
    static int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                               const unsigned char*, unsigned int, void* script) {
        const std::string& name = static_cast<const hostile_script*>(script)->alpn;
        *chosen = reinterpret_cast<const unsigned char*>(name.data());
        *size = static_cast<unsigned char>(name.size());
        return SSL_TLSEXT_ERR_OK;
    }

    static SSL_CTX* make_context(hostile_script& script) {
        SSL_CTX* const made = SSL_CTX_new(TLS_server_method());
        SSL_CTX_set_security_level(made, 0);
        SSL_CTX_set_cipher_list(made, script.ciphers.c_str());
        SSL_CTX_set_dh_auto(made, 1);
        SSL_CTX_set_min_proto_version(made, TLS1_VERSION);
        SSL_CTX_set_max_proto_version(made, script.highest_version);
        if (script.shown) {
            SSL_CTX_use_certificate(made, script.shown->certificate());
            SSL_CTX_use_PrivateKey(made, script.shown->key());
        }
        for (const certified_key& one : script.intermediates) {
            SSL_CTX_add1_chain_cert(made, one.certificate());
        }
        if (!script.alpn.empty()) {
            SSL_CTX_set_alpn_select_cb(made, &choose_protocol, &script);
        }
        return made;
    }

    static long note_read(BIO* bio, int what, const char* bytes, std::size_t, int, long, int result,
                          std::size_t* size) {
        if (what == (BIO_CB_READ | BIO_CB_RETURN) && result > 0) {
            static_cast<std::string*>(static_cast<void*>(BIO_get_callback_arg(bio)))
                ->append(bytes, *size);
        }
        return result;
    }

    static void block_broken_pipes() {
        sigset_t signals;
        sigemptyset(&signals);
        sigaddset(&signals, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    }

    // Records what the client sends next. Returns false when it has closed the connection.
    bool listen_once(int connection) {
        std::array<char, 4096> part{};
        const ssize_t size = recv(connection, part.data(), part.size(), 0);
        record_.raw.append(part.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return size > 0;
    }

    void listen_to_the_end(int connection) {
        while (listen_once(connection)) {
        }
    }

    static void say(int connection, std::string_view text) {
        send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    }

    // Returns false if TLS does not follow.
    bool answer_request(int connection) {
        std::array<char, 8> request{};
        if (recv(connection, request.data(), 1, MSG_PEEK) != 1 || request[0] != 0) {
            return true;
        }
        recv(connection, request.data(), request.size(), MSG_WAITALL);
        record_.raw.append(request.data(), request.size());
        say(connection, script_.answer_to_request);
        return script_.answer_to_request.starts_with('S');
    }

    void serve(int connection) {
        block_broken_pipes();
        if (!answer_request(connection)) {
            return listen_to_the_end(connection);
        }
        if (!script_.in_place_of_tls.empty()) {
            listen_once(connection);  // the beginning of the handshake
            say(connection, script_.in_place_of_tls);
            return listen_to_the_end(connection);
        }
        const std::unique_ptr<SSL, void (*)(SSL*)> tls(SSL_new(context_.get()), &SSL_free);
        SSL_set_fd(tls.get(), connection);
        BIO_set_callback_ex(SSL_get_rbio(tls.get()), &note_read);
        BIO_set_callback_arg(SSL_get_rbio(tls.get()),
                             static_cast<char*>(static_cast<void*>(&record_.raw)));
        if (SSL_accept(tls.get()) == 1) {
            converse(tls.get());
        }
        BIO_set_callback_ex(SSL_get_rbio(tls.get()), nullptr);
    }

    void converse(SSL* tls) {
        std::array<char, 16'384> part{};
        const int startup = SSL_read(tls, part.data(), part.size());
        if (startup <= 0) {
            return;
        }
        record_.startup.append(part.data(), static_cast<std::size_t>(startup));
        const std::size_t at_once = script_.byte_by_byte ? 1 : script_.after_startup.size();
        for (std::string_view rest = script_.after_startup; !rest.empty();
             rest.remove_prefix(at_once)) {
            SSL_write(tls, rest.data(), static_cast<int>(at_once));
        }
        // Closes the connection after the first answer, so that the client does not wait for more.
        const int size = script_.after_startup.empty()
                             ? 0
                             : SSL_read(tls, part.data(), static_cast<int>(part.size()));
        if (size > 0) {
            record_.after_startup.append(part.data(), static_cast<std::size_t>(size));
        }
    }

    hostile_script script_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
    record record_{};                        // of the server's thread until `stop`
    std::optional<loopback_server> server_;  // the last member, its thread uses those above
};
