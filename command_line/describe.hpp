// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line/command_description.hpp"

namespace CLI {
class App;
}

namespace command_line {

/// What --help would say of a command line, without what is hidden from it.
[[nodiscard]] command_description describe(const CLI::App& app);

}  // namespace command_line
