// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::load {

/// A column of a table.
struct table_column {
    std::string name{};
    std::string type{};       ///< as declared: numeric(5,2)
    std::string base_type{};  ///< without length, precision and the like: numeric
    bool is_generated = false;
    bool is_always_identity = false;  ///< GENERATED ALWAYS AS IDENTITY

    bool operator==(const table_column&) const = default;
};

/// The name of a table. An empty schema: the search path decides.
struct table_name {
    std::string schema{};
    std::string table{};

    /// Both names in double quotes, with a dot between them.
    [[nodiscard]] std::string quoted() const;
    /// For people: schema.table.
    [[nodiscard]] std::string shown() const;
};

/// A table that exists.
struct target_table {
    table_name name{};     ///< with its schema
    std::int64_t oid = 0;  ///< which no other table of that name has; 0 if there is none yet
    std::vector<table_column> columns{};
};

/// Reads "table" or "schema.table". A name is taken literally, unless it is in double quotes, in
/// which it can have dots. Throws std::invalid_argument for any other text.
[[nodiscard]] table_name parse_table_name(std::string_view text);

/// Looks a table up in the catalog; none if it does not exist.
[[nodiscard]] std::optional<target_table> find_table(dsql::pool& pool, const table_name& name);

/// Why `find_table` found nothing, for people: whether there is a view of that name, or a table
/// with the name in other upper and lower case.
[[nodiscard]] std::string explain_missing_table(dsql::pool& pool, const table_name& name);

/// A name is that of no column of the table. The text lists the table's columns.
class unknown_column : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Whether the table has a column with this name, as `choose_columns` looks for it.
[[nodiscard]] bool has_column(const target_table& table, std::string_view name);

/// The columns with these names, in their order. A name that no column has is looked for without
/// the blanks around it, and in other upper and lower case. Throws `unknown_column`, and
/// std::runtime_error for a name that is given twice, or is that of a generated column. `origin`
/// says where the names come from.
[[nodiscard]] std::vector<table_column> choose_columns(const target_table& table,
                                                       std::span<const std::string> names,
                                                       const std::string& origin);

/// All columns but generated ones.
[[nodiscard]] std::vector<table_column> all_columns(const target_table& table);

}  // namespace dsql_cli::load
