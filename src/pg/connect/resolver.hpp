// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/deadline.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace dsql::pg {

/// The numeric addresses of a host name, in the system's order of preference; never empty.
///
/// `getaddrinfo` cannot be interrupted, so it runs on a thread of its own, which is left behind to
/// finish by itself when the deadline strikes or a stop is asked for. There is one such thread for
/// each name that is being looked up: callers that ask for the same name share it.
/// Throws `connection_error` (phase resolve, with the code of `getaddrinfo`), `timeout_error` or
/// `cancelled_error`. Safe from any thread.
[[nodiscard]] std::vector<std::string> resolve(const std::string& host, const deadline& until,
                                               const std::stop_token& stop);

}  // namespace dsql::pg
