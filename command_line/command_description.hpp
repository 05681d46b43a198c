// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace command_line {

/// An option, or with no `names` a positional argument.
struct option_description {
    std::vector<std::string> names{};  ///< "-h", "--help"
    std::string positional{};          ///< "SHELL"
    std::string value{};               ///< "TEXT"; empty: takes none
    std::string range{};               ///< "in [1 - 100]", as --help adds it
    std::string text{};
    std::string default_value{};
    bool is_required = false;
    std::vector<std::string> choices{};  ///< all the values there are, where they are named
};

/// A command or subcommand: all that --help says, as plain data.
struct command_description {
    std::string name{};
    std::string text{};
    std::string footer{};
    std::string behind_mark{};  ///< "[-- PSQL_ARGUMENTS]": another program's, as the text has it
    std::vector<option_description> options{};
    std::vector<option_description> positionals{};
    std::vector<command_description> commands{};
};

/// What an option's value is, for completion.
enum class value_kind { none, text, file, directory, region, profile };

[[nodiscard]] value_kind kind_of_value(const option_description& option);

/// "dsql_local_fault_set" of {"dsql-local", "fault", "set"}: a name that every shell takes.
[[nodiscard]] std::string function_name(const std::vector<std::string>& path);

}  // namespace command_line
