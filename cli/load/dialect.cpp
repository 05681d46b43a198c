// SPDX-License-Identifier: Apache-2.0
#include "load/dialect.hpp"

#include <stdexcept>

namespace dsql_cli::load {

namespace {

bool is_usable_character(char c) {
    return static_cast<unsigned char>(c) < 0x80 && c != '\n' && c != '\r' && c != '\0';
}

void check_character(char c, std::string_view option) {
    if (!is_usable_character(c)) {
        throw std::invalid_argument(std::string(option) +
                                    ": expected one ASCII character that ends no line");
    }
}

// Letters, digits and the period could not be told from backslash escapes.
// Source: PostgreSQL, src/backend/commands/copy.c, ProcessCopyOptions.
constexpr std::string_view not_in_text_format = "\\.abcdefghijklmnopqrstuvwxyz0123456789";

void check_null_text(const dialect& checked) {
    if (checked.null_text.find_first_of("\r\n") != std::string::npos) {
        throw std::invalid_argument("--null: the text cannot have line breaks");
    }
    if (checked.null_text.find(checked.delimiter) != std::string::npos ||
        (checked.format == row_format::csv &&
         checked.null_text.find(checked.quote) != std::string::npos)) {
        throw std::invalid_argument("--null: the text cannot have the delimiter or the quote");
    }
}

std::string_view without_compression(std::string_view name) {
    for (const std::string_view ending : {".gz", ".zst"}) {
        if (name.ends_with(ending)) {
            name.remove_suffix(ending.size());
        }
    }
    return name;
}

bool has_tabs(std::string_view name) {
    const std::string_view plain = without_compression(name);
    return plain.ends_with(".tsv") || plain.ends_with(".tab");
}

}  // namespace

dialect dialect_for(const dialect_options& options, std::string_view file_name) {
    const std::string format = options.format.value_or(has_tabs(file_name) ? "tsv" : "csv");
    dialect used{.format = format == "text" ? row_format::text : row_format::csv};
    used.delimiter = options.delimiter.value_or(format == "csv" ? ',' : '\t');
    used.quote = options.quote.value_or('"');
    used.escape = options.escape.value_or(used.quote);
    used.null_text = options.null_text.value_or(format == "text" ? "\\N" : "");
    return used;
}

void check_dialect(const dialect& checked) {
    check_character(checked.delimiter, "--delimiter");
    check_null_text(checked);
    if (checked.format == row_format::text) {
        if (not_in_text_format.find(checked.delimiter) != std::string_view::npos) {
            throw std::invalid_argument(
                "--delimiter: the text format cannot have a letter, a digit, a period or a "
                "backslash");
        }
        return;
    }
    check_character(checked.quote, "--quote");
    check_character(checked.escape, "--escape");
    if (checked.delimiter == checked.quote) {
        throw std::invalid_argument("--quote: is the same character as the delimiter");
    }
}

std::string sql_literal(std::string_view text) {
    std::string quoted = text.find('\\') == std::string_view::npos ? "'" : "E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            quoted += c;
        }
        quoted += c;
    }
    quoted += '\'';
    return quoted;
}

std::string copy_options(const dialect& used) {
    const auto character = [](char c) {
        return sql_literal(std::string_view(&c, 1));
    };
    std::string options = used.format == row_format::csv ? "(FORMAT csv" : "(FORMAT text";
    options += ", DELIMITER " + character(used.delimiter);
    options += ", NULL " + sql_literal(used.null_text);
    if (used.format == row_format::csv) {
        options += ", QUOTE " + character(used.quote) + ", ESCAPE " + character(used.escape);
    }
    options += ')';
    return options;
}

}  // namespace dsql_cli::load
