// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace command_line {

/// Explains why `root` could not parse its arguments. Arguments that `root` does not know come
/// before any other error, with a suggestion for the first one. An unknown command comes with the
/// list of commands. All other errors have CLI11's text.
[[nodiscard]] std::string describe_usage_error(const CLI::App& root, const CLI::ParseError& error);

}  // namespace command_line
