// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/query_functions.hpp>

#include "statement_context.hpp"

namespace dsql::detail {

void throw_no_rows(const sql_text& sql) {
    throw no_rows_error("the query returned no row, and one was asked for" +
                        statement_context(sql.text(), sql.where()));
}

void throw_too_many_rows(const sql_text& sql, int rows) {
    throw too_many_rows_error("the query returned " + std::to_string(rows) +
                              " rows, and one at most was asked for" +
                              statement_context(sql.text(), sql.where()));
}

}  // namespace dsql::detail
