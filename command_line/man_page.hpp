// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line/command_description.hpp"

#include <string>

namespace command_line {

/// Returns a manual page of section 1 in roff's man macros, with a part for each subcommand. The
/// page has no date, so that builds are reproducible.
[[nodiscard]] std::string man_page(const command_description& program, const std::string& version);

}  // namespace command_line
