// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace command_line {

/// Adds two subcommands that run while `root` parses its arguments: `completion` prints a
/// completion script for a shell; `man`, which --help hides, prints the manual page. They describe
/// all options and subcommands that `root` has when it parses. `root` must stay alive until then.
/// They throw std::runtime_error if they cannot write to standard output.
void add_text_commands(CLI::App& root, const std::string& version);

/// Whether `completion` or `man` was the command that `root` parsed.
[[nodiscard]] bool ran_text_command(const CLI::App& root);

}  // namespace command_line
