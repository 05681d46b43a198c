// SPDX-License-Identifier: Apache-2.0
#include "errors/retryable.hpp"

#include <dsql/occ_conflict.hpp>
#include <dsql/retry_policy.hpp>

#include "errors/classify_connect_error.hpp"
#include "errors/server_report.hpp"

namespace dsql::detail {

namespace {

// Words of a server that cannot just now; the statement has not run, or is undone with its
// transaction.
bool is_passing_answer(const server_error& answer) {
    return is_server_unavailable(answer) || answer.sqlstate() == "53400";
}

// Broken under a statement, or a server that said goodbye. Not one that was closed before: whoever
// closed it does so again at the next try.
bool is_lost_connection(const error& failure) {
    if (const auto* const broken = dynamic_cast<const connection_error*>(&failure)) {
        return broken->phase() == connection_phase::established
                   ? broken->statement_may_have_run()
                   : is_transient_connect_failure(*broken);
    }
    const auto* const last_words = dynamic_cast<const server_error*>(&failure);
    return last_words != nullptr && last_words->connection_lost();
}

}  // namespace

bool is_retryable(const error& failure, const retryable_failures& kinds) {
    if (dynamic_cast<const retries_exhausted*>(&failure) != nullptr) {
        return false;  // of a loop inside this one, which has done what can be done
    }
    if (is_occ_conflict(failure)) {
        return true;
    }
    if (kinds.unknown_commits && dynamic_cast<const commit_unknown_error*>(&failure) != nullptr) {
        return true;
    }
    const auto* const answer = dynamic_cast<const server_error*>(&failure);
    if (kinds.unavailable && answer != nullptr && is_passing_answer(*answer)) {
        return true;
    }
    return kinds.lost_connections && is_lost_connection(failure);
}

}  // namespace dsql::detail
