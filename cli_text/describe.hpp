// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli_text/command_description.hpp"

namespace CLI {
class App;
}

namespace cli_text {

/// What --help would say of a command line, without what is hidden from it.
[[nodiscard]] command_description describe(const CLI::App& app);

}  // namespace cli_text
