// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/chunk.hpp"
#include "load/dialect.hpp"
#include "load/fields.hpp"
#include "load/target_table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace dsql_cli::load {

/// How many rows of a file are looked at for the types of columns.
inline constexpr std::size_t rows_of_sample = 10'000;

/// The type that holds all of these values without a change: boolean, bigint, numeric, double
/// precision, date, timestamp, timestamptz, uuid, or else text. Text for none, and for numbers with
/// leading zeros, which are names. Only types that DSQL has for columns.
[[nodiscard]] std::string infer_type(const std::vector<field_value>& values);

/// The names for columns: the header's in lower case. Throws std::runtime_error, which `origin`
/// begins, for a name that is empty, too long or there twice.
[[nodiscard]] std::vector<std::string> column_names(const std::vector<field_value>& header,
                                                    const std::string& origin);

/// A CREATE TABLE statement for rows like those of a sample, as DSQL takes it. Columns of
/// `primary_key` must be among the names; throws std::runtime_error for others.
[[nodiscard]] std::string propose_table(const table_name& name,
                                        const std::vector<std::string>& column_names,
                                        const std::vector<std::string>& primary_key,
                                        const chunk& sample, const dialect& used);

}  // namespace dsql_cli::load
