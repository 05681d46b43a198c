// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace dsql_cli {

/// Ends the program with this exit status. A command throws it after it has printed everything, so
/// it is not a std::exception, which `main` would print as an error.
struct exit_status {
    int status = 0;
};

/// Adds `dsql doctor`, which runs while `app` parses its arguments. Throws `exit_status` with the
/// status of the first check that failed.
void add_doctor_command(CLI::App& app);

}  // namespace dsql_cli
