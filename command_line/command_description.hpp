// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace command_line {

/// An option, or a positional argument if `names` is empty.
struct option_description {
    std::vector<std::string> names{};  ///< "-h", "--help"
    std::string positional{};          ///< "SHELL"
    std::string value{};               ///< "TEXT"; empty if the option takes no value
    std::string range{};               ///< "in [1 - 100]", as --help shows it
    std::string text{};
    std::string default_value{};
    bool is_required = false;
    std::vector<std::string> choices{};  ///< the values it accepts; empty if they are not limited
};

/// A command or subcommand: the content of its --help as plain data.
struct command_description {
    std::string name{};
    std::string text{};
    std::string footer{};
    std::string trailing_arguments{};  ///< "[-- PSQL_ARGUMENTS]", which another program gets
    std::vector<option_description> options{};
    std::vector<option_description> positionals{};
    std::vector<command_description> commands{};
};

/// Describes a command line and its subcommands. Leaves out what --help hides.
[[nodiscard]] command_description describe(const CLI::App& app);

}  // namespace command_line
