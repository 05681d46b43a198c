// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace dsql::pg {

/// A piece of a statement's text. Borrows it.
struct sql_token {
    enum class kind {
        end,          ///< nothing is left; `text` is empty
        word,         ///< a keyword or a name without quotes
        name,         ///< a name in double quotes
        parameter,    ///< `$1`
        literal,      ///< a string of any form, or a number
        punctuation,  ///< one of `( ) [ ] , ; .`, or the cast `::`
        operation,    ///< an operator: `=`, `<=`, `||`, ...
    };

    kind what = kind::end;
    std::string_view text{};

    /// Whether it is this keyword, given in capitals.
    [[nodiscard]] bool is_word(std::string_view keyword) const noexcept;
    /// Whether it is one of these keywords, given in capitals.
    [[nodiscard]] bool is_any_word(std::initializer_list<std::string_view> keywords) const noexcept;
    /// Whether it is this punctuation.
    [[nodiscard]] bool is(std::string_view punctuation) const noexcept {
        return what == kind::punctuation && text == punctuation;
    }
    /// The number of a parameter: 1 for `$1`; 0 for another token, and for a number that is no
    /// parameter's.
    [[nodiscard]] std::size_t parameter_number() const noexcept;
};

/// Cuts a statement into tokens, as far as its words have to be told from what stands in quotes and
/// comments. What the server would call a syntax error is cut somehow.
/// Source: PostgreSQL, "Lexical Structure".
class sql_scanner {
public:
    /// The text outlives the scanner and its tokens.
    explicit sql_scanner(std::string_view statement) noexcept : rest_(statement) {}

    /// The next token; one of the kind `end` when there is none, and from then on.
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
