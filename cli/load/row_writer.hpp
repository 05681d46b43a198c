// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/transaction.hpp>

#include "load/chunk.hpp"
#include "load/dialect.hpp"
#include "load/target_table.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace dsql_cli::load {

/// The server took another number of rows than were sent: for it, "\." on a line of its own ends
/// the data, and a carriage return without quotes ends a row.
class row_count_mismatch : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Writes rows of a chunk to a table, in a transaction of the caller's. Safe from any thread.
class row_writer {
public:
    /// For rows with these columns. `skips_conflicts`: rows that are there already, by any unique
    /// key, are left as they are.
    row_writer(const table_name& table, std::vector<table_column> columns, const dialect& used,
               bool skips_conflicts);

    /// Writes the rows from `first` to before `last`, but for bad ones. Returns how many were
    /// skipped. Throws `row_count_mismatch`, and what the statements throw.
    std::int64_t write(dsql::transaction& running, const chunk& from, std::size_t first,
                       std::size_t last) const;

    /// COPY, or with `skips_conflicts` INSERT of `column_arrays`.
    [[nodiscard]] const std::string& statement() const noexcept { return statement_; }

private:
    std::int64_t insert(dsql::transaction& running, const chunk& from, std::size_t first,
                        std::size_t last) const;

    std::vector<table_column> columns_;
    dialect dialect_;
    bool skips_conflicts_;
    std::string statement_;
};

/// The numbers of the rows from `first` to before `last` that are sent: all but bad ones.
[[nodiscard]] std::vector<std::size_t> sent_rows(const chunk& from, std::size_t first,
                                                 std::size_t last);

}  // namespace dsql_cli::load
