// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsql_cli::proxy {

/// What a server keeps of a password for SCRAM-SHA-256. The password cannot be worked out from it.
/// Source: RFC 5802, section 3.
struct scram_verifier {
    std::string salt{};
    int iterations = 0;
    std::string stored_key{};
    std::string server_key{};
};

/// Derives the verifier of a password. Throws std::runtime_error if OpenSSL fails.
[[nodiscard]] scram_verifier make_scram_verifier(std::string_view password, std::string salt,
                                                 int iterations);

/// The server's side of one SCRAM-SHA-256 exchange without channel binding, because the local
/// connection has no TLS. Throws wire::login_error (08P01) for messages that do not follow RFC
/// 5802, and std::runtime_error if OpenSSL fails.
class scram_exchange {
public:
    /// `verifier` must stay alive. `server_nonce` is printable ASCII without a comma, new for each
    /// exchange.
    scram_exchange(const scram_verifier& verifier, std::string server_nonce);

    /// Returns the server-first-message for a client-first-message.
    [[nodiscard]] std::string challenge(std::string_view client_first);

    /// Returns the server-final-message for a client-final-message; std::nullopt if the client does
    /// not know the password.
    [[nodiscard]] std::optional<std::string> verify(std::string_view client_final) const;

private:
    const scram_verifier& verifier_;
    std::string nonce_;
    std::string client_first_bare_;
    std::string server_first_;
    std::string header_;  // of GS2: what the client says about channel binding
};

/// Encodes bytes in base64.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// Returns random bytes from OpenSSL. Throws std::runtime_error.
[[nodiscard]] std::string random_bytes(std::size_t size);

}  // namespace dsql_cli::proxy
