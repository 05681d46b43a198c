// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/sql_scanner.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace dsql_local {

/// Writes a statement without the values of its constants, so that statements that differ only in
/// them have the same shape. Equal rows of VALUES become one. The shape of a query is a query with
/// the same parse tree but for the constants. Usually the parser accepts it, too; where the grammar
/// wants a number, it does not.
class statement_shape {
public:
    /// `sql` is the text that the tokens are from; it must stay alive.
    explicit statement_shape(std::string_view sql) : sql_(sql) {}

    void add(const wire::sql_token& token);

    const std::string& text() const { return text_; }

    /// Whether the constants of the statement matter for whether DSQL accepts it.
    bool needs_constants() const { return needs_constants_; }

private:
    void add_separator(const wire::sql_token& token);
    void fold_row();

    std::string_view sql_;
    std::string text_;
    std::size_t end_ = 0;  // of the last token in sql_
    int depth_ = 0;        // of parentheses
    // The positions in text_ at which the current row and the one before it begin, and that one's
    // end.
    std::size_t row_begin_ = 0;
    std::size_t last_row_begin_ = 0;
    std::size_t last_row_end_ = 0;
    bool is_first_ = true;      // the next token is the first
    bool begins_item_ = false;  // the last token was a parenthesis or a comma
    bool is_parameter_ = false;
    bool needs_constants_ = false;
};

}  // namespace dsql_local
