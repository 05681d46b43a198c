// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/deadline.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace dsql::pg {

/// Returns the numeric addresses of a host name, in the system's order of preference; never empty.
///
/// `getaddrinfo` cannot be interrupted, so it runs on a thread of the resolver. When the deadline
/// passes or a stop is requested, that thread is left to finish by itself. Callers that look up the
/// same name at the same time share one lookup.
///
/// At most 8 lookups with a waiting caller run at once. Further ones wait in the order of their
/// arrival, within the limits of their callers. A lookup that has lost its last caller no longer
/// counts, so that a name that hangs does not delay others; at most 32 lookups run in total.
///
/// Throws `connection_error` (phase resolve, with the code of `getaddrinfo`), `timeout_error` or
/// `cancelled_error`. Safe from any thread.
[[nodiscard]] std::vector<std::string> resolve(const std::string& host, const deadline& until,
                                               const std::stop_token& stop);

}  // namespace dsql::pg
