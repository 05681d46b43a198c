// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace command_line {

/// What was wrong with the words that `root` has tried to parse: CLI11's text, but words that mean
/// nothing come before all else, in the order given and with what the first may have been meant
/// for, and an unknown command is named beside those there are.
[[nodiscard]] std::string usage_problem(const CLI::App& root, const CLI::ParseError& error);

}  // namespace command_line
