// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <string>
#include <string_view>

namespace dsql {

/// A name as it stands in SQL whatever is in it: in double quotes, a quote in it doubled. For names
/// of tables, columns, schemas and roles that are known at run time only, which cannot be
/// parameters; values are to be parameters. Upper and lower case are kept as they are, so that
/// `quote_identifier("Orders")` is another table than `Orders`, which PostgreSQL takes for
/// `orders`. A name with its schema is two: quote each, with a dot between them.
///
/// Throws `config_error` for a name that is empty, holds a zero byte, or has more than 63 bytes,
/// which PostgreSQL would cut. Safe from any thread.
/// Source: PostgreSQL, "Lexical Structure", Identifiers and Key Words.
[[nodiscard]] DSQL_EXPORT std::string quote_identifier(std::string_view name);

}  // namespace dsql
