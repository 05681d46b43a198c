// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// What a token of SQL is.
enum class token_kind {
    word,        ///< a keyword or an identifier without quotes
    identifier,  ///< "quoted"
    literal,     ///< a string, however quoted, or a number
    symbol,      ///< one character of anything else
};

struct sql_token {
    token_kind kind = token_kind::symbol;
    std::string_view text = {};  ///< as written
    std::size_t offset = 0;      ///< of `text` in the SQL

    /// The keyword, in capitals? Quoted identifiers and strings are none.
    bool is(std::string_view keyword) const;
    bool is_symbol(char c) const { return kind == token_kind::symbol && text[0] == c; }
    bool is_name() const { return kind == token_kind::word || kind == token_kind::identifier; }
    /// The name PostgreSQL takes an identifier for: without quotes, else in small letters.
    std::string name() const;
    std::size_t end() const { return offset + text.size(); }
};

/// Reads the tokens of SQL, without its comments: enough of PostgreSQL's lexer to tell a keyword
/// from what stands in strings, quoted identifiers and comments.
/// https://www.postgresql.org/docs/15/sql-syntax-lexical.html
class sql_scanner {
public:
    /// `sql` must stay where it is as long as the tokens are used.
    explicit sql_scanner(std::string_view sql) : sql_(sql) {}

    /// std::nullopt at the end. What is opened and not closed reaches to the end.
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

}  // namespace dsql_local
