// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "command_line/command_description.hpp"

#include <string>

namespace command_line {

/// A manual page of section 1 in roff's man macros, the subcommands in it as parts of their own.
/// It has no date, so that the same source always makes the same page.
[[nodiscard]] std::string man_page(const command_description& program, const std::string& version);

}  // namespace command_line
