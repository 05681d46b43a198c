// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/error_response.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// What DSQL says of a conflict between transactions (OC000).
refusal data_conflict();
/// What it says of a catalogue that has changed (OC001).
refusal schema_conflict();
/// XX000: transient, and of a commit the outcome is open.
refusal server_unavailable();
/// 08006 at a login whose token is not good; the hint says why.
refusal access_denied(std::string hint);
/// 08006 at a login as a role that no AWS IAM GRANT has granted.
refusal not_granted();
/// 3D000 at a login to another database than `postgres`, the only one of a cluster.
refusal no_such_database(const std::string& name);
/// 53400 at a login beyond the rate of new connections.
refusal rate_exceeded();
/// 53300 at a login beyond the number of open connections.
refusal too_many_connections();
/// 08006 at a login while the cluster wakes up.
refusal waking_up();
/// 54000, with limit and age in its text.
refusal transaction_too_old(std::chrono::nanoseconds limit, std::chrono::nanoseconds age);

/// 25001: sys.wait_for_job() does not run in a block. DSQL's own words are not known.
refusal job_wait_in_block();

/// What DSQL would have said instead of an ErrorResponse of PostgreSQL, by its body: of conflicts,
/// the limit on rows and roles that were not granted. std::nullopt: the same.
std::optional<refusal> translate_error(std::string_view body);

/// The error without what PostgreSQL adds about its insides.
refusal without_context(std::string_view body);

}  // namespace dsql_local
