// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool.hpp>

#include "load/chunk_reader.hpp"
#include "load/load_options.hpp"
#include "load/source_file.hpp"
#include "load/target_table.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::load {

/// The columns of the rows of a file, by its header or the options. Reads the header, if there is
/// one, so that `reader` is at the first row. `shown` is the file's name, for errors. Throws what
/// `choose_columns` throws, with advice if the header looks like something else.
[[nodiscard]] std::vector<table_column> columns_of_file(const load_options& options,
                                                        const target_table& table,
                                                        chunk_reader& reader, const dialect& used,
                                                        const std::string& shown);

/// Throws what `columns_of_file` throws for this file, or std::runtime_error if it cannot be read.
void check_header(const load_options& options, const target_table& table, const source_file& file);

/// The table that the options name. Creates it from a sample of the file if the options say so and
/// it does not exist; gives `print` the statement. With `dry_run` it is not created, and what is
/// returned is what it would be. Throws std::runtime_error if there is no table.
[[nodiscard]] target_table require_table(dsql::pool& pool, const load_options& options,
                                         const std::string& sample_file,
                                         const std::function<void(std::string_view)>& print);

/// Reads a file as a load would, without writing anything. Returns a line for people: its rows,
/// transactions and wrong rows, and the first of these.
[[nodiscard]] std::string check_file(const load_options& options, const target_table& table,
                                     const std::string& path);

}  // namespace dsql_cli::load
