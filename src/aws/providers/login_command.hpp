// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// "run `aws login --profile NAME`", for a message: `command` with an option and its value, in
/// quotes where a shell would need them; without the option when the value is empty.
[[nodiscard]] std::string run_command(std::string_view command, std::string_view option,
                                      std::string_view value);

}  // namespace dsql::detail
