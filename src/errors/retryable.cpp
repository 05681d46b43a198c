// SPDX-License-Identifier: Apache-2.0
#include "errors/retryable.hpp"

#include <dsql/occ_conflict.hpp>
#include <dsql/retry_policy.hpp>

#include "errors/classify_connect_error.hpp"
#include "errors/server_report.hpp"

namespace dsql::detail {

namespace {

// Whether the server is temporarily unavailable. The statement has not run, or is undone with its
// transaction.
bool is_temporarily_unavailable(const server_error& failure) {
    return is_server_unavailable(failure) || failure.sqlstate() == "53400";
}

// Whether the connection broke during a statement, could not be made for a transient reason, or was
// ended by the server. False for a connection that the program closed before the statement, because
// that code would do so again in a retry. Its error has no code.
bool is_lost_connection(const error& failure) {
    if (const auto* const broken = dynamic_cast<const connection_error*>(&failure)) {
        return broken->phase() == connection_phase::established
                   ? broken->statement_may_have_run() || broken->code()
                   : is_transient_connect_failure(*broken);
    }
    const auto* const reported = dynamic_cast<const server_error*>(&failure);
    return reported != nullptr && reported->connection_lost();
}

}  // namespace

bool is_retryable(const error& failure, const retryable_failures& kinds) {
    if (dynamic_cast<const retries_exhausted*>(&failure) != nullptr) {
        return false;  // thrown by an inner retry loop, which has already retried
    }
    if (is_occ_conflict(failure)) {
        return true;
    }
    if (kinds.unknown_commits && dynamic_cast<const commit_unknown_error*>(&failure) != nullptr) {
        return true;
    }
    const auto* const reported = dynamic_cast<const server_error*>(&failure);
    if (kinds.unavailable && reported != nullptr && is_temporarily_unavailable(*reported)) {
        return true;
    }
    return kinds.lost_connections && is_lost_connection(failure);
}

}  // namespace dsql::detail
