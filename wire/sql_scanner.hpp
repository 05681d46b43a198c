// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace wire {

/// The kind of an SQL token.
enum class token_kind {
    word,        ///< a keyword or an identifier without quotes
    identifier,  ///< "quoted"
    literal,     ///< a string with any kind of quotes, or a number
    symbol,      ///< any other single character
};

struct sql_token {
    token_kind kind = token_kind::symbol;
    std::string_view text = {};  ///< as written
    std::size_t offset = 0;      ///< the position of `text` in the SQL

    /// Whether the token is this keyword, which is given in upper case. Quoted identifiers and
    /// strings are not keywords.
    bool is(std::string_view keyword) const;
    bool is_symbol(char c) const { return kind == token_kind::symbol && text[0] == c; }
    bool is_name() const { return kind == token_kind::word || kind == token_kind::identifier; }
    /// The name of an identifier as PostgreSQL understands it: without quotes, or folded to lower
    /// case if it has none.
    std::string name() const;
    std::size_t end() const { return offset + text.size(); }
};

/// Splits SQL into tokens and skips comments. It implements enough of PostgreSQL's lexer to
/// distinguish keywords from the content of strings, quoted identifiers and comments. Source:
/// https://www.postgresql.org/docs/15/sql-syntax-lexical.html
class sql_scanner {
public:
    /// `sql` must stay alive while the tokens are used.
    explicit sql_scanner(std::string_view sql) : sql_(sql) {}

    /// Returns the next token; std::nullopt at the end. A string or comment that is not closed
    /// extends to the end.
    std::optional<sql_token> next();

private:
    char peek(std::size_t ahead = 0) const;
    void skip_blanks();
    void skip_comment();
    token_kind scan();
    void scan_quoted(char quote, bool has_escapes);
    bool scan_dollar_quoted();
    token_kind scan_word();

    std::string_view sql_;
    std::size_t at_ = 0;
};

}  // namespace wire
