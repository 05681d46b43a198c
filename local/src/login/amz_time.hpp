// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// A moment in whole seconds, UTC: the resolution of X-Amz-Date.
using seconds_point = std::chrono::sys_seconds;

/// Writes `time` as `yyyymmddThhmmssZ`.
std::string format_amz_time(seconds_point time);

/// Reads `yyyymmddThhmmssZ`; std::nullopt for anything else, impossible dates included.
std::optional<seconds_point> parse_amz_time(std::string_view text);

}  // namespace dsql_local
