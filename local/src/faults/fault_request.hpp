// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"

#include <string>
#include <string_view>

namespace dsql_local {

/// Executes one request of the admin channel and returns the lines of the response. Each ends with
/// a line feed; the last is `ok` or `error <text>`. The requests are
///
///     set NAME [probability=P] [times=N] [value=V]
///     list
///     clear [NAME]
std::string handle_fault_request(fault_table& faults, std::string_view line);

}  // namespace dsql_local
