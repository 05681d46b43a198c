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

/// The options of `dsql doctor`.
struct check_options {
    dsql::config settings{};
    /// Limit for each step that uses the network.
    std::chrono::milliseconds timeout{10'000};
    /// The round-trip check fails if the median is longer.
    std::chrono::milliseconds round_trip_limit{300};
    /// Table for the write check, as `table` or `schema.table` without quotes. If empty, the doctor
    /// writes nothing.
    std::string write_table{};
};

/// What the checks have found out so far. A check may rely on what the checks that it needs have
/// set; the comment after each member names the check that sets it.
struct doctor_context {
    check_options options{};
    dsql::endpoint endpoint{};                  ///< set by config
    std::string roots{};                        ///< set by config: a PEM file, or "system"
    std::optional<dsql::credentials> keys{};    ///< set by credentials
    bool sts_responds = false;                  ///< set by clock
    std::vector<std::string> addresses{};       ///< set by dns; numeric
    std::string reachable{};                    ///< set by tcp: the first address that connected
    std::chrono::microseconds tcp_time{};       ///< set by tcp: how long that connect took
    dsql::config login{};                       ///< set by login: the settings it connected with
    std::optional<dsql::connection> session{};  ///< set by login
    /// Set by login: it was rejected, perhaps because the role is missing or not granted.
    bool is_role_in_doubt = false;
    std::string denied_arn{};   ///< set by login: the identity in the HINT, if any
    std::string tls_version{};  ///< set by login, for example "TLSv1.3"
    std::string cipher{};       ///< set by login
};

}  // namespace dsql_cli::doctor
