// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace dsql_cli::doctor {

/// What to do about a clock that is wrong.
inline constexpr const char* set_the_clock =
    "set this machine's clock: tokens are dated by it, and one from the future or past is refused "
    "(\"timedatectl set-ntp true\" has it follow a time server)";

/// "is 12 minutes behind", "is 70 seconds ahead", "is right"; a second or two are rounding.
[[nodiscard]] std::string in_words(std::chrono::seconds ahead);

}  // namespace dsql_cli::doctor
