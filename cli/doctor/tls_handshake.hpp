// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace dsql_cli::doctor {

/// Where and how to perform a handshake.
struct handshake_target {
    std::string host{};
    std::string address{};
    int port = 5432;
    /// A PEM file, or "system".
    std::string root_certificate{};
    /// Start TLS at once, as libpq 17 does, instead of after PostgreSQL's SSLRequest.
    bool direct = true;
    std::chrono::milliseconds limit{};  ///< limit for connecting and the handshake together
};

/// Why a certificate is not trusted.
enum class certificate_fault { none, untrusted, wrong_name, not_yet_valid, expired, other };

/// The result of a handshake. Describes the certificate even if it is not trusted.
struct handshake {
    /// Why the handshake failed; empty if it completed.
    std::string error{};
    std::string version{};  ///< "TLSv1.3"
    std::string cipher{};
    std::string alpn{};  ///< empty if the server chose none
    certificate_fault fault = certificate_fault::none;
    std::string fault_text{};          ///< OpenSSL's description of the fault
    std::vector<std::string> names{};  ///< DNS names of the certificate
    std::string issuer{};
    int chain_length = 0;
    std::chrono::system_clock::time_point valid_from{};   ///< the latest notBefore of the chain
    std::chrono::system_clock::time_point valid_until{};  ///< the earliest notAfter of the chain
};

/// Throws std::runtime_error if OpenSSL cannot load `roots`, which is a PEM file or "system".
void check_trust_roots(const std::string& roots);

/// Performs a TLS handshake with the settings that the library gives libpq (TLS 1.2 or later, SNI,
/// ALPN "postgresql", chain and name verified) and closes the connection. Sends nothing secret.
/// Throws std::system_error if it cannot connect and std::runtime_error if it cannot set up
/// OpenSSL.
[[nodiscard]] handshake tls_handshake(const handshake_target& target);

}  // namespace dsql_cli::doctor
