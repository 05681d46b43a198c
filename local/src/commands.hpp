// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options.hpp"

namespace dsql_local {

/// Runs `dsql-local fault`: sends a request to the admin socket of a running endpoint and prints
/// the response. Returns the exit status: 0, or 2 if the endpoint rejects the request. Throws
/// std::runtime_error if no endpoint responds.
exit_status send_fault_request(const options& chosen);

/// Runs `dsql-local run`: starts an endpoint, runs a command with the environment to reach it, and
/// returns the command's exit status as a shell would: 128 + N if signal N ended it, 127 if it was
/// not found, 126 if it cannot be executed. Throws std::exception if the endpoint cannot start.
int run(const options& chosen);

/// Runs `dsql-local serve`: starts an endpoint, prints how to connect to it and serves until a
/// signal ends it. Returns the exit status. Throws std::exception if the endpoint cannot start or
/// continue.
int serve(const options& chosen);

}  // namespace dsql_local
