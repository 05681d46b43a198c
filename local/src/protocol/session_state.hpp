// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/activity_watch.hpp"
#include "protocol/response_queue.hpp"
#include "protocol/shared_state.hpp"
#include "protocol/statement_names.hpp"
#include "protocol/statement_policy.hpp"
#include "protocol/transaction_repeater.hpp"

#include <memory>
#include <string>
#include <utility>

namespace dsql_local {

/// What the filters for the two directions of a session share. Not thread-safe.
struct session_state {
    session_state(std::shared_ptr<shared_state> shared_by_all, const time_limits& limits)
        : shared(std::move(shared_by_all)), policy(shared, limits) {}

    std::shared_ptr<shared_state> shared;
    foreign_schema_changes foreign_changes{
        std::shared_ptr<activity_watch>(shared, &shared->schema_changes)};
    statement_policy policy;
    response_queue pending;
    statement_names statements;
    statement_names portals;
    transaction_repeater repeater{*shared, policy, pending};
    /// An error has come, and the policy does not know the state of the transaction yet.
    bool is_prediction_wrong = false;
    /// Requests of the endpoint that a response has caused. PostgreSQL must get them next.
    std::string to_server;
    /// A fault closes the connection, after the bytes that were appended so far are sent.
    bool is_cut = false;
};

}  // namespace dsql_local
