// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/oid.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::exports {

/// A column of what is exported.
struct export_column {
    std::string name{};
    dsql::oid type = dsql::oids::unspecified;
};

/// How rows are written.
enum class row_syntax {
    csv,         ///< RFC 4180, quoted as PostgreSQL does
    tsv,         ///< the same with tabs
    text,        ///< PostgreSQL's text format: tabs and backslashes
    json_lines,  ///< an object for each row
};

/// Details of a syntax.
struct format_options {
    row_syntax syntax = row_syntax::csv;
    bool has_header = true;
    /// What stands for NULL; not set: nothing in CSV and TSV, \N in text. JSON has null.
    std::optional<std::string> null_marker{};
};

/// Turns rows in PostgreSQL's text format of COPY into another one.
class row_format {
public:
    row_format() noexcept = default;
    row_format(const row_format&) = delete;
    row_format& operator=(const row_format&) = delete;
    virtual ~row_format() = default;

    /// Appends the header, if there is one.
    virtual void append_header(std::string& to) const = 0;
    /// Appends rows, of which each ends with a line break, and returns their number. Throws
    /// std::runtime_error if the last one does not end, or if it finds one without a value for each
    /// column.
    virtual std::size_t append_rows(std::string_view rows, std::string& to) = 0;
};

/// Makes the format for these columns. Throws std::invalid_argument for JSON with two columns of
/// one name, and for a marker of NULL that the format cannot have.
[[nodiscard]] std::unique_ptr<row_format> make_row_format(const std::vector<export_column>& columns,
                                                          const format_options& options);

}  // namespace dsql_cli::exports
