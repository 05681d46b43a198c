// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/oid.hpp>

#include <string>

namespace dsql::detail {

/// Returns the text for the end of an error message: which C++ type to pass where a value of the
/// PostgreSQL type `type` is expected. For example "use dsql::decimal".
[[nodiscard]] std::string advice_for(oid type);

}  // namespace dsql::detail
