// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"

#include <string>
#include <string_view>

namespace dsql_local {

/// Carries out one line of the admin channel and gives the answer's lines, each ended by a line
/// feed; the last is `ok` or `error <text>`. The lines are
///
///     set NAME [probability=P] [times=N] [value=V]
///     list
///     clear [NAME]
std::string answer_fault_request(fault_table& faults, std::string_view line);

}  // namespace dsql_local
