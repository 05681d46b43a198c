// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/dialect.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dsql_cli::load {

/// A row that a `row_scanner` has found.
struct scanned_row {
    std::size_t end = 0;        ///< the position after the row and its line break
    std::uint32_t columns = 1;  ///< how many values it has
    std::uint32_t lines = 1;    ///< how many lines; more than 1 with a line break in quotes
};

/// Finds the ends of rows in data that arrives in pieces, as PostgreSQL's COPY finds them. It
/// decodes nothing. Source: PostgreSQL, src/backend/commands/copyfromparse.c.
class row_scanner {
public:
    explicit row_scanner(const dialect& scanned);

    /// Finds the end of the next row in `data`, which begins with the same bytes as in the calls
    /// before, and may have got longer. Returns false if the data ends before the row does. Each
    /// byte is looked at once.
    [[nodiscard]] bool next(std::string_view data, scanned_row& found);

    /// The row that the data ends with if no line break follows. Only after `next` has returned
    /// false.
    [[nodiscard]] scanned_row rest() const noexcept;

    /// The caller has removed this many bytes from the beginning of the data.
    void removed(std::size_t bytes) noexcept { at_ -= bytes; }

private:
    enum class kind : std::uint8_t { other, delimiter, line_break, quote, escape };

    [[nodiscard]] bool next_csv(std::string_view data, scanned_row& found);
    [[nodiscard]] bool next_text(std::string_view data, scanned_row& found);
    void end_row(std::size_t end, scanned_row& found) noexcept;

    row_format format_;
    std::array<kind, 256> kinds_{};
    std::size_t at_ = 0;  // the next byte to look at
    std::uint32_t columns_ = 1;
    std::uint32_t lines_ = 1;
    bool is_quoted_ = false;
    bool is_escaped_ = false;  // the byte before was an escape character
};

}  // namespace dsql_cli::load
