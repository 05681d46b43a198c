// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

namespace dsql_local {

/// `dsql-local fault`: sends a request to the admin socket of a running endpoint and prints the
/// answer. Exit status 1 when there is no such endpoint, 2 when it does not accept the request.
exit_status tell_faults(const options& chosen);

}  // namespace dsql_local
