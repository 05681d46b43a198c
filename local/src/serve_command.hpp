// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

namespace dsql_local {

/// Runs an endpoint in the foreground, having printed how to connect to it, until a signal asks
/// for its end. Gives the exit status; throws std::exception when it cannot start or go on.
int serve(const options& chosen);

}  // namespace dsql_local
