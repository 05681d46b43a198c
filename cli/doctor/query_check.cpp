// SPDX-License-Identifier: Apache-2.0
#include "doctor/checks.hpp"
#include "doctor/statement_error_advice.hpp"

namespace dsql_cli::doctor {

namespace {

// SELECT 1 is answered by the query processor alone. This has it read a table, one that every role
// may read and every cluster has.
constexpr const char* catalog_count = "SELECT count(*) FROM pg_catalog.pg_namespace";

}  // namespace

findings check_query(doctor_context& seen) {
    const char* doing = "SELECT 1";
    try {
        if (seen.session->query_value<int>("SELECT 1") != 1) {
            return {{.result = outcome::failed, .summary = "SELECT 1 is not 1"}};
        }
        doing = catalog_count;
        static_cast<void>(seen.session->query_value<long long>(catalog_count));
    } catch (const std::exception& failure) {
        return {of_statement_failure(doing, failure)};
    }
    return {{.summary = std::string("SELECT 1, and ") + catalog_count}};
}

}  // namespace dsql_cli::doctor
