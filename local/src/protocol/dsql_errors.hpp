// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/messages.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// A conflict between transactions (OC000).
wire::error_response data_conflict();
/// A conflict with a change of the schema (OC001).
wire::error_response schema_conflict();
/// XX000, a transient error. After a COMMIT, the transaction may or may not be committed.
wire::error_response server_unavailable();
/// 08006 for a login with an invalid token. The hint says why.
wire::error_response access_denied(std::string hint);
/// 08006 for a login of the identity `arn` as a role without AWS IAM GRANT.
wire::error_response not_granted(const std::string& arn);
/// 08006 for a login as admin of an identity that may not, to the cluster `host`.
wire::error_response not_an_admin(const std::string& arn, const std::string& region,
                                  const std::string& host);
/// 3D000 for a login to a database other than `postgres`, the only one of a cluster.
wire::error_response no_such_database(const std::string& name);
/// 53400 for a login above the rate of new connections.
wire::error_response rate_exceeded();
/// 53300 for a login above the number of open connections.
wire::error_response too_many_connections();
/// 08006 for a login while the cluster wakes up.
wire::error_response waking_up();
/// 54000 for a transaction that is too old. The message contains the limit, the detail the age.
wire::error_response transaction_too_old(std::chrono::nanoseconds limit,
                                         std::chrono::nanoseconds age);

/// 25001 for sys.wait_for_job() in a transaction block. The text of DSQL is not known.
wire::error_response job_wait_in_block();

/// 08P01 for a message above the limit, in bytes. The hint names the option for another limit.
wire::error_response message_too_large(std::size_t limit);
/// 54000 for a statement whose text is above a limit of the endpoint, in bytes.
wire::error_response statement_too_large(std::size_t limit);

/// Whether the body of PostgreSQL's ErrorResponse says that a user has canceled the statement.
bool is_user_cancellation(std::string_view body);

/// Whether the body of PostgreSQL's ErrorResponse is an error that other sessions can cause by
/// changing the schema at the same time: an internal one, one about rows of the catalogs, or one
/// about a name that was free when the statement began. Without other sessions, such an error is
/// right. `tolerates_existing` says whether the statement has IF NOT EXISTS or OR REPLACE.
bool is_schema_race(std::string_view body, bool tolerates_existing);

/// Translates the body of PostgreSQL's ErrorResponse for a conflict or a limit to DSQL's error.
/// Returns std::nullopt for other errors, which stay unchanged.
std::optional<wire::error_response> translate_error(std::string_view body);

/// Returns an error without the fields that describe PostgreSQL's internals, such as the context.
wire::error_response strip_context(std::string_view body);

}  // namespace dsql_local
