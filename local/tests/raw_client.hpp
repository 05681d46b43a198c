// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tls/openssl_handle.hpp"
#include "wire/startup_message.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

namespace dsql_local_test {

/// How a client opens TLS.
struct tls_choice {
    std::string server_name = {};  ///< empty: no SNI
    bool alpn = false;             ///< offers `postgresql`
    std::string ca_file = {};      ///< empty: no check of the certificate
    int highest_version = TLS1_3_VERSION;
};

/// One message of PostgreSQL's protocol; type NUL when the connection ended instead.
struct message {
    char type = '\0';
    std::string body = {};

    /// A field of an ErrorResponse.
    std::string field(char name) const;
};

/// PostgreSQL's protocol by hand over a blocking socket, so that a test can misbehave.
/// A read that gets no answer for a minute counts as the end of the connection, with timed_out().
class raw_client {
public:
    explicit raw_client(std::uint16_t port);
    ~raw_client();

    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;

    /// True when the handshake succeeds.
    bool start_tls(const tls_choice& choice);
    /// SSLRequest first; throws std::runtime_error unless the answer is 'S'.
    bool request_tls(const tls_choice& choice);

    void send(const std::string& bytes);
    /// Exactly so many bytes, or fewer at the end of the connection.
    std::string receive(std::size_t size);
    message receive_message();
    /// True when the connection was ended in an orderly way: close_notify, or EOF without TLS.
    bool ended_cleanly();
    bool timed_out() const { return timed_out_; }

    void send_startup(const dsql_local::startup_parameters& parameters);
    void send_password(const std::string& password);
    /// Startup and password; ReadyForQuery ('Z'), or the error that came instead.
    message log_in(const std::string& user, const std::string& password,
                   dsql_local::startup_parameters more = {});
    /// The first column of the first row; throws std::runtime_error on an error.
    std::string query(const std::string& sql);

private:
    int receive_some(char* data, std::size_t size);

    int socket_ = -1;
    bool timed_out_ = false;
    bool ended_cleanly_ = false;
    std::unique_ptr<SSL_CTX, dsql_local::openssl_deleter<SSL_CTX_free>> context_;
    std::unique_ptr<SSL, dsql_local::openssl_deleter<SSL_free>> tls_;
};

/// The eight bytes that ask for TLS, GSS encryption or nothing at all.
std::string request_packet(dsql_local::request_code code);

}  // namespace dsql_local_test
