// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool.hpp>

#include "load/chunk.hpp"
#include "load/dialect.hpp"
#include "load/target_table.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::load {

/// How many rows there are, and the sum of a hash of 64 bits of each row, modulo 2^64. The order of
/// the rows does not count. A row that is missing, doubled or changed changes the sum, unless
/// hashes collide by chance, for which the odds are 2^-64.
struct row_checksum {
    std::int64_t rows = 0;
    std::uint64_t sum = 0;

    bool operator==(const row_checksum&) const = default;
    row_checksum& operator+=(const row_checksum& more) noexcept {
        rows += more.rows;
        sum += more.sum;
        return *this;
    }
};

/// The rows of a table, with the values of these columns. `with_sum`: false only counts them.
[[nodiscard]] row_checksum checksum_of_table(dsql::pool& pool, const table_name& table,
                                             const std::vector<table_column>& columns,
                                             bool with_sum);

/// Rows of a file, as the server reads their values: it gets them as parameters of a query, and
/// writes nothing.
[[nodiscard]] row_checksum checksum_of_rows(dsql::pool& pool, const chunk& from,
                                            const std::vector<std::size_t>& rows,
                                            const std::vector<table_column>& columns,
                                            const dialect& used);

/// A decimal integer of any length modulo 2^64.
[[nodiscard]] std::uint64_t wrapped_integer(std::string_view decimal) noexcept;

}  // namespace dsql_cli::load
