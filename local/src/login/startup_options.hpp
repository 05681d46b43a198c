// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/startup_message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Splits the startup parameter `options` (`-c name=value`, `-cname=value` or `--name=value`, with
/// a backslash before white space that belongs to a value) into its settings.
/// std::nullopt when it holds anything else.
std::optional<startup_parameters> split_options(std::string_view text);

/// The inverse of split_options().
std::string join_options(const startup_parameters& settings);

}  // namespace dsql_local
