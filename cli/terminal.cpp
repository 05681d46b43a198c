// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <dsql/credentials.hpp>
#include <dsql/observer.hpp>

#include "format.hpp"

#include <unistd.h>

#include <exception>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace dsql_cli {

namespace {

std::string read_mfa_code(const std::string& mfa_serial) {
    std::cerr << "MFA code for " << mfa_serial << ": " << std::flush;
    std::string code;
    if (!std::getline(std::cin, code)) {
        throw std::runtime_error("no MFA code was entered for " + mfa_serial);
    }
    return code;
}

std::string reject_mfa_code(const std::string& mfa_serial) {
    throw std::runtime_error("the profile needs a code of the MFA device " + mfa_serial +
                             ", and there is no terminal to ask for it at: run this in one, or use "
                             "a profile or keys that need none");
}

dsql::mfa_code_function mfa_prompt() {
    const bool has_terminal = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
    return has_terminal ? &read_mfa_code : &reject_mfa_code;
}

class warning_observer final : public dsql::observer {
public:
    void credentials_refresh_failed(
        const dsql::credentials_refresh_event& event) noexcept override {
        try {
            std::cerr << "dsql: warning: " << to_single_line(event.reason)
                      << "; they stay in use, for AWS may still accept them\n";
        } catch (const std::exception&) {
            // There is no memory for the text of the warning. The command itself goes on.
        }
    }
};

}  // namespace

void set_up_interaction(dsql::config& settings) {
    settings.mfa_code = mfa_prompt();
    settings.interactive = isatty(STDIN_FILENO) != 0 || isatty(STDERR_FILENO) != 0;
    settings.observer = std::make_shared<warning_observer>();
}

void print_line(std::string_view text, const std::string& what) {
    std::cout << text << '\n' << std::flush;
    if (!std::cout) {
        throw std::runtime_error("cannot write " + what + " to standard output");
    }
}

}  // namespace dsql_cli
