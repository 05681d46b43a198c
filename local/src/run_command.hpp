// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

namespace dsql_local {

/// Runs a command with an endpoint beside it. Gives the command's exit status as a shell would:
/// 128 + N when signal N ended it, 127 when it was not found, 126 when it cannot be executed.
/// Throws std::exception when the endpoint cannot start.
int run(const options& chosen);

}  // namespace dsql_local
