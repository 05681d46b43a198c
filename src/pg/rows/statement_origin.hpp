// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/statement_origin.hpp>

#include "errors/statement_context.hpp"

#include <string>

namespace dsql::detail {

/// What goes behind the text of an error about rows: where they are from; empty where that is not
/// known.
[[nodiscard]] inline std::string statement_context(const statement_origin* from) {
    return from == nullptr ? std::string() : statement_context(from->sql, from->where);
}

}  // namespace dsql::detail

struct pg_result;

namespace dsql::detail {

/// The names of a result's columns, for messages: quoted, commas between; "none" without columns.
[[nodiscard]] std::string list_of_columns(const pg_result* rows);

}  // namespace dsql::detail
