// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace command_line {

/// Adds `completion`, which prints completions for a shell, and `man`, hidden from --help, which
/// prints the manual page: both made of what `root`, which must be there as long, holds when they
/// run. They run while `root` parses, and throw std::runtime_error when standard output fails.
void add_text_commands(CLI::App& root, const std::string& version);

/// Whether one of the two has just run.
[[nodiscard]] bool ran_text_command(const CLI::App& root);

}  // namespace command_line
