// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace dsql_cli {

/// Adds `dsql doctor`, which runs while `app` parses its arguments and throws `exit_status` with
/// the status of the first check that failed.
void add_doctor_command(CLI::App& app);

}  // namespace dsql_cli
