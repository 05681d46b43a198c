// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/byte_source.hpp"
#include "load/chunk.hpp"
#include "load/dialect.hpp"
#include "load/row_scanner.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::load {

/// How large a chunk may be. A plain value.
struct chunk_size {
    std::size_t rows = 2'500;
    std::size_t bytes = std::size_t{5} * 1024 * 1024;
};

/// Cuts a file into chunks. Where they begin and end depends on the file's bytes, its dialect and
/// the `chunk_size` alone, so that another run finds the same ones. Memory for one chunk and one
/// row is all that it needs.
class chunk_reader {
public:
    /// `name` is the file's, for errors. Borrows `source`.
    chunk_reader(byte_source& source, std::string name, const dialect& used,
                 const chunk_size& size);

    /// Reads the first row, without its line break; none if the file is empty. Before `next`.
    [[nodiscard]] std::optional<std::string> read_header();

    /// How many values each row must have. Before `next`.
    void expect_columns(std::size_t columns) noexcept { columns_ = columns; }

    /// The next chunk; none at the end. Throws std::runtime_error, which names file and line, for a
    /// row that is too large to be one, and for what `byte_source::read` throws.
    [[nodiscard]] std::optional<chunk> next();

private:
    [[nodiscard]] bool find_row(scanned_row& found);
    [[nodiscard]] bool read_more();
    [[nodiscard]] std::string_view data() const noexcept {
        return std::string_view(buffer_).substr(0, filled_);
    }
    [[nodiscard]] bool is_end_marker(const scanned_row& found) const;
    [[nodiscard]] chunk cut_chunk();
    void add_row(const scanned_row& found);
    void remove(std::size_t bytes);
    void check_encoding(chunk& checked) const;

    byte_source& source_;
    std::string name_;
    dialect dialect_;
    chunk_size size_;
    row_scanner scanner_;
    std::size_t columns_ = 0;
    std::string buffer_{};    // of which the first bytes are in use
    std::size_t filled_ = 0;  // how many
    chunk current_{};         // of rows found in the buffer, without their bytes
    std::size_t lines_in_current_ = 0;
    std::int64_t line_ = 1;      // the line of the buffer's beginning
    std::int64_t position_ = 0;  // the buffer's beginning in the file
    std::int64_t next_number_ = 0;
    std::optional<scanned_row> pending_{};  // a row that did not fit into the last chunk
    bool at_end_ = false;
};

}  // namespace dsql_cli::load
