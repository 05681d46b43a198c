// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <exception>

namespace dsql::detail {

/// Whether a failed connect may succeed later without any change: the network or the server was
/// unavailable, or the cluster is waking up or has received too many new connections. Any other
/// rejection by the server, a certificate that is not trusted, and a host name that does not exist
/// are permanent.
[[nodiscard]] DSQL_EXPORT bool is_transient_connect_failure(const std::exception& failure);

/// Whether the cluster has received too many new connections.
/// Source: Aurora DSQL User Guide, "Cluster quotas", SQLSTATE 53400.
[[nodiscard]] DSQL_EXPORT bool is_rate_exceeded(const connection_error& refusal);

/// Whether a login was rejected because its token had expired.
[[nodiscard]] DSQL_EXPORT bool is_expired_token(const connection_error& refusal);

}  // namespace dsql::detail
