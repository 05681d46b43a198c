// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>

#include "doctor/checks.hpp"
#include "doctor/clock_skew.hpp"
#include "doctor/error_advice.hpp"

#include <chrono>
#include <string>

namespace dsql_cli::doctor {

namespace {

// The query processor runs SELECT 1 without storage. This statement also reads a table, one that
// exists in every cluster and that every role may read.
constexpr const char* catalog_count = "SELECT count(*) FROM pg_catalog.pg_namespace";

constexpr const char* server_time = "SELECT pg_catalog.clock_timestamp()";

// Returns how far this machine's clock is ahead of the cluster's, from the middle of a round trip.
std::chrono::seconds clock_ahead(dsql::connection& session) {
    using std::chrono::system_clock;
    const system_clock::time_point before = system_clock::now();
    const auto at = session.query_value<system_clock::time_point>(server_time);
    const system_clock::time_point after = system_clock::now();
    return std::chrono::round<std::chrono::seconds>(before + (after - before) / 2 - at);
}

// A wrong clock is no failure any more, because the token was accepted.
finding compare_clocks(dsql::connection& session) {
    finding found = describe_clock(clock_ahead(session), "the cluster's");
    if (found.result == outcome::failed) {
        found.result = outcome::warning;
    }
    return found;
}

}  // namespace

findings check_query(doctor_context& context) {
    findings found{{.summary = std::string("SELECT 1, and ") + catalog_count}};
    const char* step = "SELECT 1";
    try {
        if (context.session->query_value<int>("SELECT 1") != 1) {
            return {{.result = outcome::failed, .summary = "SELECT 1 is not 1"}};
        }
        step = catalog_count;
        static_cast<void>(context.session->query_value<long long>(catalog_count));
        if (!context.sts_responds) {
            step = server_time;
            found.push_back(compare_clocks(*context.session));
        }
    } catch (const std::exception& error) {
        return {describe_statement_error(step, error)};
    }
    return found;
}

}  // namespace dsql_cli::doctor
