// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::sql {

/// A place in a text, as editors count: from 1, columns in characters of UTF-8.
struct text_position {
    std::size_t line = 1;
    std::size_t column = 1;
};

/// The position of the byte at `offset` of `text`, which begins at `start`.
[[nodiscard]] text_position position_after(std::string_view text, std::size_t offset,
                                           text_position start = {}) noexcept;

/// The offset of a character of `text`, counted from 0; the size of `text` if it has fewer.
[[nodiscard]] std::size_t offset_of_character(std::string_view text,
                                              std::size_t character) noexcept;

/// One statement of a script.
struct sql_statement {
    std::string text{};        ///< from its first token to its last, without the semicolon
    text_position position{};  ///< of its first character
    /// Its first tokens outside of parentheses, 64 at most: keywords and names in upper case, `"`
    /// for each quoted name, `'` for each string, `(` if it begins with one. Numbers, parameters
    /// and operators are left out.
    std::vector<std::string> words{};

    /// The word of that index; empty if there are fewer.
    [[nodiscard]] std::string_view word(std::size_t index) const noexcept;
    /// Whether one of its words is this one, in upper case.
    [[nodiscard]] bool has_word(std::string_view word) const noexcept;
};

/// A script cannot be split into statements.
class script_error : public std::runtime_error {
public:
    script_error(text_position position, const std::string& what)
        : std::runtime_error(what), position_(position) {}

    /// Where the fault is.
    [[nodiscard]] text_position position() const noexcept { return position_; }

private:
    text_position position_;
};

/// Splits a script into its statements at semicolons, as psql does: those in strings, quoted names,
/// comments, parentheses and bodies of SQL functions (`BEGIN ATOMIC ... END`) separate nothing.
/// Source: PostgreSQL 16, "Lexical Structure", and its src/fe_utils/psqlscan.l.
class script_splitter {
public:
    /// `script` must stay alive while it is split.
    explicit script_splitter(std::string_view script) noexcept;

    /// Returns the next statement; none at the end. Throws `script_error` for a string, quoted name
    /// or comment without an end, a zero byte, and a command of psql (`\d`).
    [[nodiscard]] std::optional<sql_statement> next();

private:
    struct function_body;

    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept;
    [[nodiscard]] bool skip_space();
    void skip_block_comment();
    void scan_token(sql_statement& found, function_body& body);
    void scan_word(sql_statement& found, function_body& body);
    void scan_quoted(std::string_view what, char quote, bool has_escapes);
    [[nodiscard]] bool continues_string() noexcept;
    [[nodiscard]] bool scan_dollar_quoted();
    void scan_parameter() noexcept;
    void scan_number() noexcept;
    void add_word(sql_statement& found, std::string word) const;
    [[noreturn]] void fail(std::size_t offset, const std::string& what) const;
    [[nodiscard]] text_position position_of(std::size_t offset) noexcept;

    std::string_view script_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;           // of parentheses
    text_position counted_{};         // the position of `counted_offset_`
    std::size_t counted_offset_ = 0;  // so that a long script is counted only once
};

/// Splits a whole script. @see script_splitter
[[nodiscard]] std::vector<sql_statement> split_script(std::string_view script);

}  // namespace dsql_cli::sql
