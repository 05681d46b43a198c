// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>

#include <memory>
#include <string>
#include <utility>

namespace dsql::detail {

/// The statement that rows come from, for the errors that reading them may throw.
struct statement_origin {
    std::string sql{};
    source_location where{};
};
/// Null if the statement is not known.
using shared_origin = std::shared_ptr<const statement_origin>;

/// Adds the statement and its place to an error that has none yet. Does nothing if `from` is null.
DSQL_EXPORT void name_statement(conversion_error& thrown, const statement_origin* from) noexcept;

/// Calls `f` and returns its result. Adds the statement `from`, a `statement_origin*` or a
/// `sql_text`, to its conversion errors.
template <class From, class F>
decltype(auto) naming_statement(const From& from, F f) {
    try {
        return f();
    } catch (conversion_error& thrown) {
        name_statement(thrown, from);
        throw;
    }
}

}  // namespace dsql::detail
