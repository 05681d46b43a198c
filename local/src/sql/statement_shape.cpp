// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_shape.hpp"

#include "sql/query_rules.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

constexpr std::string_view any_constant = "''";

// In a list of values, NULL and the like stand for constants.
bool is_constant_word(const wire::sql_token& token) {
    return token.is("NULL") || token.is("TRUE") || token.is("FALSE") || token.is("DEFAULT");
}

std::string_view without_spaces(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

bool is_first_word_of_query(const wire::sql_token& token) {
    return token.is("SELECT") || token.is("INSERT") || token.is("UPDATE") || token.is("DELETE") ||
           token.is("WITH") || token.is("VALUES") || token.is_symbol('(');
}

}  // namespace

void statement_shape::add_separator(const wire::sql_token& token) {
    if (!text_.empty() && token.offset > end_) {
        text_ += ' ';
    }
    end_ = token.end();
}

// `text_` ends with a row in parentheses. Drops it if it is equal to the row before it.
void statement_shape::fold_row() {
    const std::string_view text = text_;
    const std::string_view row = text.substr(row_begin_);
    const std::string_view last = text.substr(last_row_begin_, last_row_end_ - last_row_begin_);
    const bool follows =
        last_row_end_ > 0 &&
        without_spaces(text.substr(last_row_end_, row_begin_ - last_row_end_)) == ",";
    if (follows && row == last) {
        text_.resize(last_row_end_);
    } else {
        last_row_begin_ = row_begin_;
        last_row_end_ = text_.size();
    }
}

void statement_shape::add(const wire::sql_token& token) {
    if (is_first_) {
        needs_constants_ = !is_first_word_of_query(token);
        is_first_ = false;
    }
    add_separator(token);
    if (needs_constants_) {
        return;
    }
    if (token.is_symbol('(') && depth_++ == 0) {
        row_begin_ = text_.size();
    }
    if (token.kind == wire::token_kind::literal) {
        text_ += is_parameter_ ? "1" : any_constant;
    } else if (begins_item_ && is_constant_word(token)) {
        text_ += any_constant;
    } else {
        text_ += token.text;
        needs_constants_ = token.is_name() && makes_constants_matter(token.name());
    }
    if (token.is_symbol(')') && depth_ > 0 && --depth_ == 0) {
        fold_row();
    }
    begins_item_ = token.is_symbol('(') || token.is_symbol(',');
    is_parameter_ = token.is_symbol('$');
}

}  // namespace dsql_local
