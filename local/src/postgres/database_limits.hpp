// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dsql_local {

/// A limit that PostgreSQL checks: with the name "row-size", the option is --row-size-limit and the
/// setting dsql_local.row_size_limit. 0 means no limit. PostgreSQL itself limits temporary space.
struct limit_description {
    std::string_view name;
    std::uint64_t standard;  ///< of an Aurora DSQL cluster
    std::string_view text;   ///< for the help of the option
};

/// Source: https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html. The size of a
/// key is what clusters accepted in 2026; the document says 1 KiB.
constexpr std::array limit_descriptions{
    limit_description{"transaction-row", 3000, "Rows a transaction may change"},
    limit_description{"transaction-size", 10'485'760, "Bytes a transaction may write"},
    limit_description{"row-size", 2'097'152, "Bytes of a row"},
    limit_description{"column-size", 1'048'576, "Bytes of a value"},
    limit_description{"key-size", 1'981, "Bytes of the key of an index"},
    limit_description{"column", 255, "Columns of a table"},
    limit_description{"key-column", 8, "Columns of the key of an index"},
    limit_description{"index", 24, "Indexes of a table"},
    limit_description{"statistics", 5, "Extended statistics of a table"},
    limit_description{"schema", 10, "Schemas, besides public"},
    limit_description{"table", 1000, "Tables"},
    limit_description{"view", 5000, "Views"},
    limit_description{"sequence", 5000, "Sequences"},
    limit_description{"query-memory", 134'217'728, "Bytes of temporary space of a query"},
};

/// The limits, in the order of their descriptions.
using database_limits = std::array<std::uint64_t, limit_descriptions.size()>;

/// The limits of an Aurora DSQL cluster.
constexpr database_limits standard_limits() {
    database_limits limits{};
    for (std::size_t i = 0; i < limits.size(); ++i) {
        limits[i] = limit_descriptions[i].standard;
    }
    return limits;
}

/// The limit with this name.
constexpr std::uint64_t find_limit(const database_limits& limits, std::string_view name) {
    for (std::size_t i = 0; i < limits.size(); ++i) {
        if (limit_descriptions[i].name == name) {
            return limits[i];
        }
    }
    return 0;
}

}  // namespace dsql_local
