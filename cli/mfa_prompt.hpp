// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

namespace dsql_cli {

/// Asks the person at the terminal for an MFA code. Empty where there is no terminal to ask at, so
/// that the library says what is missing.
[[nodiscard]] dsql::mfa_code_function mfa_prompt();

}  // namespace dsql_cli
