// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>

#include <string>
#include <vector>

namespace dsql_cli {

/// The settings that psql logs in with.
struct psql_login {
    dsql::endpoint endpoint{};
    /// The numeric addresses of the endpoint's `host_address`; none if it has none.
    std::vector<std::string> addresses{};
    std::string user{};
    std::string database{};
    std::string token{};
    /// A value of libpq's `sslrootcert`.
    std::string root_certificate{};
    int psql_major = 0;
};

/// Returns the environment for psql: `current`, with libpq's variables replaced by those of
/// `login`. It drops all other PG* variables, because some would redirect the connection or weaken
/// its verification. It keeps the user's `PGAPPNAME`, `PGCLIENTENCODING`, `PGCONNECT_TIMEOUT`,
/// `PGTZ`, `PGDATESTYLE` and the colors of messages. Entries are "NAME=value".
[[nodiscard]] std::vector<std::string> psql_environment(const std::vector<std::string>& current,
                                                        const psql_login& login);

}  // namespace dsql_cli
