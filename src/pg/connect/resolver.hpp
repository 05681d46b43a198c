// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/deadline.hpp"

#include <stop_token>
#include <string>
#include <vector>

namespace dsql::pg {

/// Returns the numeric addresses of a host name, in the system's order of preference; never empty.
/// Throws `connection_error` (phase resolve, with the code of `getaddrinfo`), `timeout_error` or
/// `cancelled_error`. Safe from any thread.
/// @see detail::look_up_name
[[nodiscard]] std::vector<std::string> resolve(const std::string& host, const deadline& until,
                                               const std::stop_token& stop);

}  // namespace dsql::pg
