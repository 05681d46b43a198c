// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/token.hpp>

#include "pg/connect/open_connection.hpp"

#include <chrono>
#include <stop_token>

namespace dsql::detail {

/// Turns a config into connections: the one place where AWS and PostgreSQL meet. Safe from any
/// thread.
class connector {
public:
    /// Works out the endpoint. Throws `config_error`.
    explicit connector(const config& settings);

    /// Connects with the cached token, or a new one, until the deadline and within the config's
    /// `connect_timeout`, which begins when the token is there. A credentials provider is not
    /// interrupted. Throws as `dsql::connect` does.
    [[nodiscard]] connection open(const pg::deadline& until, const std::stop_token& stop);

private:
    connector(const config& settings, const endpoint& place);

    token_generator tokens_;
    const pg::login login_;  // all but the password
    const std::chrono::milliseconds connect_timeout_;
    const session_options options_;
};

}  // namespace dsql::detail
