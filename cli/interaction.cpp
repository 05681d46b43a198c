// SPDX-License-Identifier: Apache-2.0
#include "interaction.hpp"

#include "credentials_warning.hpp"
#include "mfa_prompt.hpp"

#include <unistd.h>

namespace dsql_cli {

void set_up_interaction(dsql::config& settings) {
    settings.mfa_code = mfa_prompt();
    settings.interactive = isatty(STDIN_FILENO) != 0 || isatty(STDERR_FILENO) != 0;
    settings.observer = credentials_warning();
}

}  // namespace dsql_cli
