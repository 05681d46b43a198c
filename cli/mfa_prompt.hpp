// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

namespace dsql_cli {

/// Asks the person at the terminal for an MFA code. Where there is no terminal to ask at it throws
/// std::runtime_error.
[[nodiscard]] dsql::mfa_code_function mfa_prompt();

}  // namespace dsql_cli
