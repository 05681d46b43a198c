// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

#include <string>
#include <string_view>

namespace dsql_cli {

/// Lets the library talk to the user at the terminal. Sets the prompt for MFA codes, allows a
/// `credential_process` to use the terminal if there is one, and prints a warning to standard error
/// when credentials could not be renewed.
void set_up_interaction(dsql::config& settings);

/// Writes `text` and a line break to standard output and flushes it. Throws std::runtime_error,
/// which names `what`, if that fails, so that a full disk does not look like success.
void print_line(std::string_view text, const std::string& what);

}  // namespace dsql_cli
