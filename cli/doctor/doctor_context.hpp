// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/credentials.hpp>
#include <dsql/endpoint.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace dsql_cli::doctor {

/// What the doctor is asked to do.
struct request {
    dsql::config settings{};
    /// For each step over the network.
    std::chrono::milliseconds timeout{10'000};
    /// A longer median of the round trips is a failure.
    std::chrono::milliseconds round_trip_limit{300};
    /// Table to write to and remove from, or schema.table, unquoted; empty: nothing is written.
    std::string write_table{};
};

/// What the checks have found out so far, each for those behind it: a check may rely on what those
/// it needs have set.
struct doctor_context {
    request asked{};
    dsql::endpoint place{};                     ///< by config
    std::string roots{};                        ///< by config: a PEM file, or "system"
    std::optional<dsql::credentials> keys{};    ///< by credentials
    std::vector<std::string> addresses{};       ///< by dns: numeric
    std::string reachable{};                    ///< by tcp: the first address that answered
    std::chrono::microseconds tcp_time{};       ///< by tcp: what that took
    dsql::config login{};                       ///< by login: what it connected with
    std::optional<dsql::connection> session{};  ///< by login
    std::string tls_version{};                  ///< by login, of its session: "TLSv1.3"
    std::string cipher{};                       ///< by login, of its session
};

}  // namespace dsql_cli::doctor
