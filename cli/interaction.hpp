// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

namespace dsql_cli {

/// Lets the library talk to the user at the terminal. Sets the prompt for MFA codes, allows a
/// `credential_process` to use the terminal if there is one, and prints a warning to standard error
/// when credentials could not be renewed.
void set_up_interaction(dsql::config& settings);

}  // namespace dsql_cli
