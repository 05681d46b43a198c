// SPDX-License-Identifier: Apache-2.0
#include "doctor/statement_error_advice.hpp"

#include <dsql/error.hpp>
#include <dsql/occ_conflict.hpp>

namespace dsql_cli::doctor {

namespace {

finding failed(std::string summary, std::string advice) {
    return {.result = outcome::failed, .summary = std::move(summary), .advice = std::move(advice)};
}

finding of_refusal(const std::string& doing, const dsql::server_error& refusal) {
    const std::string said = doing + ": " + refusal.sqlstate() + " " + refusal.fields().message;
    if (refusal.fields().message.find("server unavailable") != std::string::npos) {
        return failed(said,
                      "this passes: try again in a moment, in programs with dsql::transact; if it "
                      "stays, see the AWS Health Dashboard of the region");
    }
    if (refusal.sqlstate() == "42501") {
        return failed(said, "as admin, grant this role what it needs: GRANT ... TO the role");
    }
    const std::string& hint = refusal.fields().hint;
    return failed(said, hint.empty() ? "see the message" : hint);
}

finding of_conflict(const std::string& doing, const dsql::occ_conflict& conflict) {
    const std::string said = doing + ": 40001 " + conflict.fields().message;
    return conflict.kind() == dsql::conflict_kind::schema
               ? failed(said,
                        "somebody changes the schema at this time: run it again, in programs "
                        "with dsql::transact")
               : failed(said,
                        "another transaction wrote the same rows and was first: run it again, "
                        "in programs with dsql::transact");
}

}  // namespace

finding of_statement_failure(const std::string& doing, const std::exception& failure) {
    if (const auto* const conflict = dynamic_cast<const dsql::occ_conflict*>(&failure)) {
        return of_conflict(doing, *conflict);
    }
    if (const auto* const refusal = dynamic_cast<const dsql::server_error*>(&failure)) {
        return of_refusal(doing, *refusal);
    }
    if (dynamic_cast<const dsql::connection_error*>(&failure) != nullptr) {
        return failed(doing + ": the connection was closed",
                      "an endpoint closes sessions after an hour, a proxy or firewall on the way "
                      "maybe earlier; dsql::pool replaces them ahead of that");
    }
    if (dynamic_cast<const dsql::timeout_error*>(&failure) != nullptr) {
        return failed(doing + ": no answer in time",
                      "the network drops packets or the cluster hangs: try again, with a longer "
                      "--timeout");
    }
    return failed(doing + ": " + failure.what(), "");
}

}  // namespace dsql_cli::doctor
