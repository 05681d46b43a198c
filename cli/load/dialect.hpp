// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsql_cli::load {

/// How rows are written in a file. Source: PostgreSQL, "COPY", File Formats.
enum class row_format {
    csv,  ///< values in quotes where they need it: RFC 4180, and PostgreSQL's FORMAT csv
    text  ///< PostgreSQL's FORMAT text: values with backslash escapes
};

/// The format of a file, in the terms of COPY. A plain value.
struct dialect {
    row_format format = row_format::csv;
    char delimiter = ',';
    char quote = '"';         ///< only of `row_format::csv`
    char escape = '"';        ///< only of `row_format::csv`
    std::string null_text{};  ///< what stands for NULL, without quotes

    bool operator==(const dialect&) const = default;
};

/// What the user says about the format of files. What is not set follows from the format, and the
/// format from each file's name. A plain value.
struct dialect_options {
    std::optional<std::string> format{};  ///< "csv", "tsv" (CSV with tabs) or "text"
    std::optional<char> delimiter{};
    std::optional<char> quote{};
    std::optional<char> escape{};  ///< default: the quote
    std::optional<std::string> null_text{};
};

/// The format of a file of this name: as the options say; else CSV with tabs for .tsv and
/// .tab, and CSV for all others. An ending .gz or .zst is ignored.
[[nodiscard]] dialect dialect_for(const dialect_options& options, std::string_view file_name);

/// Throws std::invalid_argument, which names the option, if COPY would not take this: a
/// delimiter, quote or escape that is no single ASCII character, or two that are the same.
void check_dialect(const dialect& checked);

/// Quotes a text as an SQL literal. `text` has no zero bytes.
[[nodiscard]] std::string sql_literal(std::string_view text);

/// The options of a COPY statement for this format: "(FORMAT csv, DELIMITER ',', ...)".
[[nodiscard]] std::string copy_options(const dialect& used);

}  // namespace dsql_cli::load
