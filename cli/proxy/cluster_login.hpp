// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/pool.hpp>

#include "proxy/client_connection.hpp"
#include "proxy/client_login.hpp"
#include "proxy/cluster_connection.hpp"

#include <chrono>
#include <memory>

namespace dsql_cli::proxy {

/// Opens connections to the cluster, each with a new token, within the rate that the library keeps
/// for the whole process. Thread-safe.
class cluster_login {
public:
    /// Connects to nothing. Throws dsql::config_error and dsql::credentials_error. `patience` is
    /// how long a client waits while the cluster refuses connections for their number or rate.
    cluster_login(dsql::config settings, std::chrono::milliseconds patience);

    /// Opens a connection as `startup` asks for it, unless the client leaves or the proxy stops
    /// meanwhile. Throws client_gone, and wire::login_error with what the client is to be told.
    [[nodiscard]] std::unique_ptr<cluster_connection> open(const client_startup& startup,
                                                           const client_connection& client,
                                                           int stop) const;

private:
    const dsql::config settings_;
    const std::chrono::milliseconds patience_;
    // Makes no connection. It keeps the rate, which lives as long as a pool.
    const dsql::pool rate_keeper_;
};

}  // namespace dsql_cli::proxy
