// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace dsql_cli::doctor {

/// How a handshake is to be made.
struct handshake_target {
    std::string host{};
    std::string address{};
    int port = 5432;
    /// PEM file, or "system".
    std::string root_certificate{};
    /// By a ClientHello at once, as libpq 17 does; else PostgreSQL's SSLRequest goes ahead.
    bool direct = true;
    std::chrono::milliseconds limit{};  ///< for all of it
};

/// Why a certificate is not to be trusted.
enum class certificate_fault { none, untrusted, wrong_name, not_yet_valid, expired, other };

/// What a handshake has shown. The certificate is reported also where it is not trusted.
struct handshake {
    /// Why it did not come to its end; empty when it did.
    std::string failure{};
    std::string version{};  ///< "TLSv1.3"
    std::string cipher{};
    std::string alpn{};  ///< empty: none was chosen
    certificate_fault fault = certificate_fault::none;
    std::string fault_text{};          ///< in OpenSSL's words
    std::vector<std::string> names{};  ///< DNS names of the certificate
    std::string issuer{};
    int chain_length = 0;
    std::chrono::system_clock::time_point valid_from{};   ///< the latest of the chain
    std::chrono::system_clock::time_point valid_until{};  ///< the earliest of the chain
};

/// Throws std::runtime_error when OpenSSL cannot use these roots: a PEM file, or "system".
void check_trust_roots(const std::string& roots);

/// Shakes hands as libpq does for the library (TLS 1.2 or later, SNI, ALPN "postgresql", chain and
/// name verified) and closes the connection; nothing secret is sent. Throws std::system_error when
/// there is no connection, std::runtime_error when OpenSSL cannot be set up.
[[nodiscard]] handshake tls_handshake(const handshake_target& target);

}  // namespace dsql_cli::doctor
