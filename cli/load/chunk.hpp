// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::load {

/// A row that is not sent, because the server would reject it.
struct bad_row {
    std::size_t row = 0;  ///< its number in the chunk
    std::string reason{};
};

/// Consecutive rows of a file, as they are written there, small enough for one transaction.
struct chunk {
    std::int64_t number = 0;           ///< in the file, from 0
    std::int64_t first_byte = 0;       ///< where it begins in the file, after decompression
    std::int64_t first_line = 1;       ///< the line of its first row
    std::string data{};                ///< its bytes, line breaks included
    std::vector<std::size_t> ends{};   ///< where each row ends in `data`
    std::vector<std::size_t> lines{};  ///< the line of each row, counted from `first_line` as 0
    std::vector<bad_row> bad{};        ///< in the order of their rows

    /// How many rows it has.
    [[nodiscard]] std::size_t rows() const noexcept { return ends.size(); }
    /// Where a row begins in `data`; of `rows()`, where the last one ends.
    [[nodiscard]] std::size_t begin_of(std::size_t row) const noexcept {
        return row == 0 ? 0 : ends[row - 1];
    }
    /// The bytes of the rows from `first` to before `last`.
    [[nodiscard]] std::string_view text(std::size_t first, std::size_t last) const noexcept {
        return std::string_view(data).substr(begin_of(first), begin_of(last) - begin_of(first));
    }
    /// The line of a row in the file, from 1.
    [[nodiscard]] std::int64_t line_of(std::size_t row) const noexcept {
        return first_line + static_cast<std::int64_t>(lines[row]);
    }
};

}  // namespace dsql_cli::load
