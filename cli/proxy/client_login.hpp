// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/cancel_registry.hpp"
#include "proxy/client_connection.hpp"
#include "proxy/scram.hpp"
#include "wire/messages.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace dsql_cli::proxy {

/// What a client asks for when it opens a session.
struct client_startup {
    std::string user{};
    std::string database{};  ///< empty if the client left it out
    std::string application_name{};
    std::string search_path{};
    /// The other settings, in the order in which PostgreSQL would apply them.
    wire::startup_parameters settings{};
};

/// What a client wants: to cancel a statement of another session, or to open a session.
using client_request = std::variant<cancel_key, client_startup>;

/// Reads a client's first message. Declines TLS and GSS encryption, which a local connection does
/// not need. Throws wire::login_error, whose response belongs to the client, and client_gone.
[[nodiscard]] client_request read_client_request(const login_stream& stream);

/// Has the client prove that it knows the password. Throws wire::login_error (28P01) if it does
/// not, and client_gone.
void require_password(const login_stream& stream, const scram_verifier& verifier,
                      const std::string& user);

/// Tells the client that its session is open: its settings, its key, and that it may begin.
void welcome_client(const login_stream& stream,
                    const std::vector<std::pair<std::string, std::string>>& settings,
                    const cancel_key& key);

}  // namespace dsql_cli::proxy
