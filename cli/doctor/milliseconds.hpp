// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

namespace dsql_cli::doctor {

/// Milliseconds with three decimals, for programs to read.
[[nodiscard]] double milliseconds_of(std::chrono::microseconds time);

/// "0.34 ms", "12.0 ms", "450 ms": as many digits as mean something.
[[nodiscard]] std::string in_milliseconds(std::chrono::microseconds time);

}  // namespace dsql_cli::doctor
