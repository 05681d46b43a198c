// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

namespace dsql::detail {

/// Tells the time of day. Tests put their own here.
using wall_clock = std::function<std::chrono::system_clock::time_point()>;

}  // namespace dsql::detail
