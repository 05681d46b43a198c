// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql_local {

/// Thrown to end a session without an error message to the client.
struct session_ended {
    std::string reason;
};

}  // namespace dsql_local
