// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/error_advice.hpp"

namespace dsql_cli::doctor {

namespace {

// The query processor runs SELECT 1 without storage. This statement also reads a table, one that
// exists in every cluster and that every role may read.
constexpr const char* catalog_count = "SELECT count(*) FROM pg_catalog.pg_namespace";

}  // namespace

findings check_query(doctor_context& context) {
    const char* step = "SELECT 1";
    try {
        if (context.session->query_value<int>("SELECT 1") != 1) {
            return {{.result = outcome::failed, .summary = "SELECT 1 is not 1"}};
        }
        step = catalog_count;
        static_cast<void>(context.session->query_value<long long>(catalog_count));
    } catch (const std::exception& error) {
        return {describe_statement_error(step, error)};
    }
    return {{.summary = std::string("SELECT 1, and ") + catalog_count}};
}

}  // namespace dsql_cli::doctor
