// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <exception>

namespace dsql::detail {

/// Whether a connect that failed like this may do better by itself, a little later: the network or
/// the server was away, or the cluster is waking up or has seen too many new connections. What a
/// server refuses for another reason, a certificate, or a name that does not exist stay as they
/// are.
[[nodiscard]] DSQL_EXPORT bool is_transient_connect_failure(const std::exception& failure);

/// Whether the cluster has had too many new connections.
/// Source: Aurora DSQL User Guide, "Cluster quotas", SQLSTATE 53400.
[[nodiscard]] DSQL_EXPORT bool is_rate_exceeded(const connection_error& refusal);

/// Whether a login was refused because its token had expired.
[[nodiscard]] DSQL_EXPORT bool is_expired_token(const connection_error& refusal);

}  // namespace dsql::detail
