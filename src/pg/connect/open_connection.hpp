// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include "pg/handle.hpp"
#include "pg/io/deadline.hpp"

#include <stop_token>
#include <string>

namespace dsql::pg {

/// All that a login takes. Checked before it gets here.
struct login {
    std::string host{};          ///< name: for SNI and the certificate
    std::string host_address{};  ///< numeric address to connect to; empty: look `host` up
    int port = 0;
    std::string user{};
    std::string database{};
    secret_string password{};
    std::string application_name{};
    std::string search_path{};    ///< empty: the role's own
    std::string ssl_root_cert{};  ///< as in `config`
};

/// Logs in: TLS verified, directly negotiated where libpq can. Tries each address of the host in
/// turn, each with its share of the time left until the deadline, which there has to be.
/// Throws `config_error`, `connection_error`, `timeout_error` or `cancelled_error`.
[[nodiscard]] owned_handle open_connection(const login& target, const deadline& until,
                                           const std::stop_token& stop);

}  // namespace dsql::pg
