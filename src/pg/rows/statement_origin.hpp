// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/statement_origin.hpp>

#include "errors/statement_context.hpp"

#include <string>

struct pg_result;

namespace dsql::detail {

/// Returns the end of an error message about rows: the statement that returned them, if it is
/// known.
[[nodiscard]] inline std::string statement_context(const statement_origin* from) {
    return from == nullptr ? std::string() : statement_context(from->sql, from->where);
}

/// Returns the names of a result's columns for a message, quoted and separated by commas; "none"
/// without columns.
[[nodiscard]] std::string list_of_columns(const pg_result* rows);

}  // namespace dsql::detail
