// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/token.hpp>

#include "pg/open_connection.hpp"

#include <chrono>
#include <stop_token>

namespace dsql::detail {

/// Turns a config into connections: the one place where AWS and PostgreSQL meet. Safe from any
/// thread.
class connector {
public:
    /// Works out the endpoint. Throws `config_error`.
    explicit connector(const config& settings);

    /// Connects with the cached token, or a new one, within the shorter of `budget` and the
    /// config's `connect_timeout`. Throws as `dsql::connect` does.
    [[nodiscard]] connection open(std::chrono::milliseconds budget, const std::stop_token& stop);

    /// Connects within the config's `connect_timeout`.
    [[nodiscard]] connection open(const std::stop_token& stop);

private:
    token_generator tokens_;
    pg::login login_;  // all but the password
};

}  // namespace dsql::detail
