// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line/command_description.hpp"

#include <string>

namespace command_line {

/// Completions of a program's subcommands, options and their values, to be sourced by the shell or
/// put where it looks for them.
[[nodiscard]] std::string bash_completion(const command_description& program);
[[nodiscard]] std::string zsh_completion(const command_description& program);
[[nodiscard]] std::string fish_completion(const command_description& program);

}  // namespace command_line
