// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tls/certificates.hpp"
#include "wire/messages.hpp"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace dsql_local_test {

/// The TLS parameters of a client.
struct tls_choice {
    std::string server_name = {};  ///< empty for no SNI
    bool alpn = false;             ///< whether to offer `postgresql`
    std::string ca_file = {};      ///< empty to accept any certificate
    int highest_version = TLS1_3_VERSION;
};

/// One message of PostgreSQL's protocol. Its type is NUL if the connection ended instead.
struct message {
    char type = '\0';
    std::string body = {};

    /// A field of an ErrorResponse.
    std::string field(char name) const;
};

/// Sends and receives PostgreSQL's protocol over a blocking socket, without libpq, so that a test
/// can violate the protocol. A read without data for a minute counts as the end of the connection,
/// and timed_out() is then true.
class raw_client {
public:
    explicit raw_client(std::uint16_t port);
    /// Connects to a Unix socket instead.
    explicit raw_client(const std::filesystem::path& unix_socket);
    ~raw_client();

    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;

    /// Performs a TLS handshake. Returns whether it succeeded.
    bool start_tls(const tls_choice& choice);
    /// Sends an SSLRequest, then performs the handshake. Throws std::runtime_error if the endpoint
    /// does not accept TLS.
    bool request_tls(const tls_choice& choice);

    void send(const std::string& bytes);
    /// Reads exactly `size` bytes, or fewer if the connection ends.
    std::string receive(std::size_t size);
    message receive_message();
    /// Whether the endpoint closed the connection properly: with close_notify, or with EOF without
    /// TLS.
    bool ended_cleanly();
    bool timed_out() const { return timed_out_; }
    /// Sets how long a read waits for data, instead of a minute.
    void set_read_limit(std::chrono::seconds limit);

    void send_startup(const wire::startup_parameters& parameters);
    void send_password(const std::string& password);
    /// Sends the startup message and the password. Returns ReadyForQuery ('Z') or the error.
    message log_in(const std::string& user, const std::string& password,
                   wire::startup_parameters more = {});
    /// Returns the first column of the first row. Throws std::runtime_error on an error.
    std::string query(const std::string& sql);

private:
    void connect_to(const sockaddr* address, unsigned size);
    int receive_some(char* data, std::size_t size);

    int socket_ = -1;
    bool timed_out_ = false;
    bool ended_cleanly_ = false;
    std::unique_ptr<SSL_CTX, dsql_local::openssl_deleter<SSL_CTX_free>> context_;
    std::unique_ptr<SSL, dsql_local::openssl_deleter<SSL_free>> tls_;
};

/// Encodes a request of eight bytes: for TLS, for GSS encryption, or to cancel.
std::string request_packet(wire::request_code code);

}  // namespace dsql_local_test
