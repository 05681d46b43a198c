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

/// Whether the cluster has too many new connections (SQLSTATE 53400) or too many open ones (53300),
/// so that the processes that connect to it should slow down.
/// Source: Aurora DSQL User Guide, "Cluster quotas".
[[nodiscard]] DSQL_EXPORT bool is_quota_refusal(const connection_error& refusal);

/// Whether a pool tries a failed connect again while somebody needs it: a transient failure, or one
/// because of too many open connections. Those of other processes may end, as they do when all
/// processes of a service are replaced.
[[nodiscard]] DSQL_EXPORT bool is_retried_by_pool(const std::exception& failure);

/// Whether a failed connect shows that its endpoint is down, so that another endpoint of the same
/// cluster may be better: its name cannot be looked up, it cannot be reached, the connection broke
/// before the login was over, or it reports itself unavailable. False for other rejections, for a
/// server that is not trusted, and for a lack of descriptors, memory or threads of this machine.
[[nodiscard]] DSQL_EXPORT bool is_endpoint_down(const connection_error& failure);

/// Whether a login was rejected because its token had expired.
[[nodiscard]] DSQL_EXPORT bool is_expired_token(const connection_error& refusal);

}  // namespace dsql::detail
