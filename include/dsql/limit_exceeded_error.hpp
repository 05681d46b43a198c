// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace dsql {

/// The limit that was exceeded. Source: Aurora DSQL User Guide, "Cluster quotas and database
/// limits".
enum class exceeded_limit {
    transaction_rows,  ///< more than 3 000 rows modified in one transaction; see `in_chunks`
    transaction_size,  ///< more than 10 MiB modified in one transaction, index entries included
    transaction_age,   ///< a transaction of more than 300 s
    query_memory,      ///< a query that needs more than 128 MiB of working memory
    row_size,          ///< a row of more than 2 MiB
    column_size,       ///< a value of more than 1 MiB
    key_size,          ///< a key of more than 1 KiB
    schema_objects,    ///< too many tables, columns, indexes, ...
    storage,           ///< the cluster is full
    other,             ///< any other limit of SQLSTATE class 54
};

/// The limit in English words, for messages and logs.
[[nodiscard]] DSQL_EXPORT std::string_view to_string(exceeded_limit limit) noexcept;

/// A limit of the server was exceeded: SQLSTATE class 54, 53100 or 53200. Retrying does not help.
class DSQL_EXPORT limit_exceeded_error : public server_error {
public:
    /// From an error for which `exceeded_limit_of` returns a limit.
    explicit limit_exceeded_error(server_error_fields fields, std::string query = {},
                                  source_location where = {});

    /// Which limit it was.
    [[nodiscard]] exceeded_limit limit() const noexcept { return limit_; }

private:
    exceeded_limit limit_;
};

/// Returns the limit that the error of a server reports as exceeded, or none.
[[nodiscard]] DSQL_EXPORT std::optional<exceeded_limit> exceeded_limit_of(
    const server_error_fields& fields) noexcept;

}  // namespace dsql
