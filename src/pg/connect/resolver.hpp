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
/// finish by itself when the deadline strikes or a stop is asked for.
/// Throws `connection_error` (phase resolve), `timeout_error` or `cancelled_error`.
[[nodiscard]] std::vector<std::string> resolve(const std::string& host, const deadline& until,
                                               const std::stop_token& stop);

}  // namespace dsql::pg
