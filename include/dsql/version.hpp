// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql {

/// Version of this library as its headers were written: semantic versioning.
inline constexpr std::string_view version = "0.1.0";

}  // namespace dsql
