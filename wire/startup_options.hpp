// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace wire {

/// Splits the startup parameter `options` into its settings: `-c name=value`, `-cname=value` or
/// `--name=value`, with a backslash before white space within a value. Returns std::nullopt if it
/// contains anything else.
std::optional<startup_parameters> split_options(std::string_view text);

/// Joins settings into a value of `options` that split_options() can split.
std::string join_options(const startup_parameters& settings);

}  // namespace wire
