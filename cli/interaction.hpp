// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>

namespace dsql_cli {

/// Sets what lets the library talk to the person at the terminal: the prompt for MFA codes, the
/// terminal for a `credential_process` where there is one, and warnings about credentials that
/// could not be renewed.
void set_up_interaction(dsql::config& settings);

}  // namespace dsql_cli
