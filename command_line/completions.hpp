// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line/command_description.hpp"

#include <string>
#include <vector>

namespace command_line {

/// Returns a completion script for a program's subcommands, options and their values. The shell
/// sources it, or finds it in its directory for completions.
[[nodiscard]] std::string bash_completion(const command_description& program);
/// @see bash_completion
[[nodiscard]] std::string zsh_completion(const command_description& program);
/// @see bash_completion
[[nodiscard]] std::string fish_completion(const command_description& program);

/// How to complete an option's value.
enum class value_kind { none, text, file, directory, region, profile };

[[nodiscard]] value_kind kind_of_value(const option_description& option);

/// Returns a function name that every shell accepts: "dsql_local_fault_set" for {"dsql-local",
/// "fault", "set"}.
[[nodiscard]] std::string function_name(const std::vector<std::string>& path);

/// Returns the choices of an option as a list with blanks in between.
[[nodiscard]] std::string list_choices(const option_description& option);

/// Returns the regions of the partition "aws" as a list with blanks in between. Completion offers
/// them; an option accepts other regions too.
/// Source: partitions.json of the AWS SDKs, August 2026.
[[nodiscard]] std::string aws_regions();

}  // namespace command_line
