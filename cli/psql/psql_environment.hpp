// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>

#include <string>
#include <vector>

namespace dsql_cli {

/// What psql is to log in with.
struct psql_login {
    dsql::endpoint place{};
    std::string user{};
    std::string database{};
    std::string token{};
    /// As `sslrootcert` takes it.
    std::string root_certificate{};
    int psql_major = 0;
};

/// `current` for psql: libpq's variables are ours, and those that would send it elsewhere, or
/// weaken what is verified, are gone. Of the person's own, `PGAPPNAME`, `PGCLIENTENCODING`,
/// `PGCONNECT_TIMEOUT`, `PGTZ`, `PGDATESTYLE` and the colours of messages stay.
/// Entries are "NAME=value".
[[nodiscard]] std::vector<std::string> psql_environment(const std::vector<std::string>& current,
                                                        const psql_login& login);

}  // namespace dsql_cli
