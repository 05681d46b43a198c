// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include "pg/handle.hpp"
#include "pg/io/deadline.hpp"

#include <stop_token>
#include <string>

namespace dsql::pg {

/// The parameters of a login. The caller has validated them.
struct login {
    std::string host{};          ///< host name, also for SNI and the certificate
    std::string host_address{};  ///< address or name to connect to; if empty, `host` is looked up
    int port = 0;
    std::string user{};
    std::string database{};
    secret_string password{};
    std::string application_name{};
    std::string search_path{};    ///< if empty, the role's default
    std::string cluster_id{};     ///< the startup option `amzn-cluster-id`; if empty, not sent
    std::string ssl_root_cert{};  ///< as in `config`
};

/// Whether connecting needs the name service: there is no numeric address.
[[nodiscard]] bool needs_lookup(const login& target) noexcept;

/// Connects with verified TLS and logs in. Negotiates TLS directly if libpq supports it. Tries the
/// addresses of the host in turn; each gets its share of the time left until the deadline. `until`
/// must be set. Throws `config_error`, `connection_error`, `timeout_error` or `cancelled_error`.
[[nodiscard]] owned_handle open_connection(const login& target, const deadline& until,
                                           const std::stop_token& stop);

}  // namespace dsql::pg
