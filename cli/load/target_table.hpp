// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool.hpp>

#include <optional>
#include <span>
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
    table_name name{};  ///< with its schema
    std::vector<table_column> columns{};
};

/// Reads "table" or "schema.table". A name is taken literally, unless it is in double quotes, in
/// which it can have dots. Throws std::invalid_argument for any other text.
[[nodiscard]] table_name parse_table_name(std::string_view text);

/// Looks a table up in the catalog; none if it does not exist.
[[nodiscard]] std::optional<target_table> find_table(dsql::pool& pool, const table_name& name);

/// The columns with these names, in their order. A name that no column has is looked for in other
/// upper and lower case. Throws std::runtime_error, which lists the table's columns, for a name
/// that is not found, is given twice, or is that of a generated column. `origin` says where the
/// names come from.
[[nodiscard]] std::vector<table_column> choose_columns(const target_table& table,
                                                       std::span<const std::string> names,
                                                       const std::string& origin);

/// All columns but generated ones.
[[nodiscard]] std::vector<table_column> all_columns(const target_table& table);

}  // namespace dsql_cli::load
