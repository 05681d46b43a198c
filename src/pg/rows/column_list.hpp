// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

struct pg_result;

namespace dsql::detail {

/// The names of a result's columns, for messages: quoted, commas between; "none" without columns.
[[nodiscard]] std::string list_of_columns(const pg_result* rows);

}  // namespace dsql::detail
