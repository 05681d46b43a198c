// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace dsql_local {

/// How a client connects: commands for a shell that has the environment that `serve` prints.
struct client_example {
    std::string_view title;     ///< the client's language or name, and what it needs
    std::string_view commands;  ///< they print "Hello, DSQL!"; ends in a newline
};

/// The examples that `serve` prints.
extern const std::array<client_example, 6> client_examples;

}  // namespace dsql_local
