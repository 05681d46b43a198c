// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace dsql::pg {

/// A token of a statement. It borrows the statement's text.
struct sql_token {
    enum class kind {
        end,          ///< the end of the statement; `text` is empty
        word,         ///< a keyword or a name without quotes
        name,         ///< a name in double quotes
        parameter,    ///< `$1`
        literal,      ///< a string of any form, or a number
        punctuation,  ///< one of `( ) [ ] , ; .`, or the cast `::`
        operation,    ///< an operator: `=`, `<=`, `||`, ...
    };

    kind what = kind::end;
    std::string_view text{};

    /// Whether the token is this keyword, given in upper case.
    [[nodiscard]] bool is_word(std::string_view keyword) const noexcept;
    /// Whether the token is one of these keywords, given in upper case.
    [[nodiscard]] bool is_any_word(std::initializer_list<std::string_view> keywords) const noexcept;
    /// Whether the token is this punctuation.
    [[nodiscard]] bool is(std::string_view punctuation) const noexcept {
        return what == kind::punctuation && text == punctuation;
    }
    /// The number of a parameter, such as 1 for `$1`; 0 for any other token, and for a number out
    /// of range.
    [[nodiscard]] std::size_t parameter_number() const noexcept;
};

/// Splits a statement into tokens, precisely enough to tell its keywords from quoted text and
/// comments. Text that is a syntax error for the server gives some sequence of tokens.
/// Source: PostgreSQL, "Lexical Structure".
class sql_scanner {
public:
    /// The text must outlive the scanner and its tokens.
    explicit sql_scanner(std::string_view statement) noexcept : rest_(statement) {}

    /// Returns the next token; at the end, and from then on, a token of the kind `end`.
    [[nodiscard]] sql_token next() noexcept;

private:
    void skip_space_and_comments() noexcept;
    void skip_block_comment() noexcept;
    [[nodiscard]] sql_token take(sql_token::kind what, std::size_t size) noexcept;
    [[nodiscard]] sql_token take_word() noexcept;
    [[nodiscard]] sql_token take_after_dollar() noexcept;
    [[nodiscard]] sql_token take_operator() noexcept;

    std::string_view rest_;
};

}  // namespace dsql::pg
