// SPDX-License-Identifier: Apache-2.0
#include "load/column_arrays.hpp"

#include "load/fields.hpp"

namespace dsql_cli::load {

dsql::parameters column_arrays(const chunk& from, const std::vector<std::size_t>& rows,
                               std::size_t columns, const dialect& used) {
    std::vector<array_text> arrays(columns);
    for (const std::size_t row : rows) {
        const std::vector<field_value> values = decode_row(from.text(row, row + 1), used);
        for (std::size_t i = 0; i < columns; ++i) {
            arrays[i].add(i < values.size() ? values[i] : field_value());
        }
    }
    dsql::parameters parameters;
    parameters.reserve(columns);
    for (array_text& each : arrays) {
        parameters.add(each.take());
    }
    return parameters;
}

std::string unnest_columns(const std::vector<table_column>& columns) {
    std::string arrays;
    std::string names;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        arrays.append(i == 0 ? "$" : ", $").append(number).append("::");
        arrays.append(columns[i].base_type).append("[]");
        names.append(i == 0 ? "c" : ", c").append(number);
    }
    return "unnest(" + arrays + ") AS r(" + names + ")";
}

}  // namespace dsql_cli::load
