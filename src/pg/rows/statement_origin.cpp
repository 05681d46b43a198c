// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/statement_origin.hpp>

#include "errors/statement_context.hpp"

namespace dsql::detail {

void name_statement(conversion_error& failure, const sql_text& sql) noexcept {
    if (failure.origin_ != nullptr) {
        return;
    }
    try {
        failure.origin_ = std::make_shared<const conversion_error::origin>(conversion_error::origin{
            .what = failure.what() + statement_context(sql.text(), sql.where()),
            .query = std::string(sql.text()),
            .where = sql.where()});
    } catch (const std::bad_alloc&) {
        return;
    }
}

void name_statement(conversion_error& failure, const statement_origin* from) noexcept {
    if (from != nullptr) {
        name_statement(failure, sql_text(from->sql, from->where));
    }
}

}  // namespace dsql::detail
