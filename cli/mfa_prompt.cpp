// SPDX-License-Identifier: Apache-2.0
#include "mfa_prompt.hpp"

#include <unistd.h>

#include <iostream>
#include <stdexcept>
#include <string>

namespace dsql_cli {

dsql::mfa_code_function mfa_prompt() {
    if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) {
        return [](const std::string& mfa_serial) -> std::string {
            throw std::runtime_error("the profile needs a code of the MFA device " + mfa_serial +
                                     ", and there is no terminal to ask for it at: run this in "
                                     "one, or use a profile or keys that need none");
        };
    }
    return [](const std::string& mfa_serial) {
        std::cerr << "MFA code for " << mfa_serial << ": " << std::flush;
        std::string code;
        if (!std::getline(std::cin, code)) {
            throw std::runtime_error("no MFA code was entered for " + mfa_serial);
        }
        return code;
    };
}

}  // namespace dsql_cli
