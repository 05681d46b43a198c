// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_words.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

constexpr std::size_t longest_head = 64;

bool is_any(const sql_token& token, std::initializer_list<std::string_view> keywords) {
    return std::any_of(keywords.begin(), keywords.end(),
                       [&token](std::string_view keyword) { return token.is(keyword); });
}

}  // namespace

void statement_words::add(const sql_token& token, int depth) {
    end_ = token.end();
    if (head_.size() < longest_head) {
        head_.push_back(token);
    }
    if (token.kind != token_kind::word) {
        last_was_for_ = false;
        last_was_into_ = false;
        return;
    }
    if (token.is("FROM")) {
        has_from = true;
        has_outer_from = has_outer_from || depth == 0;
    }
    has_into = has_into || token.is("INTO");
    has_lock = has_lock || (last_was_for_ && is_any(token, {"UPDATE", "NO", "SHARE", "KEY"}));
    has_change =
        has_change || (!last_was_for_ && is_any(token, {"INSERT", "UPDATE", "DELETE", "MERGE"}));
    has_into_temporary =
        has_into_temporary || (last_was_into_ && is_any(token, {"TEMP", "TEMPORARY"}));
    last_was_for_ = token.is("FOR");
    last_was_into_ = token.is("INTO");
}

bool statement_words::at(std::size_t index,
                         std::initializer_list<std::string_view> keywords) const {
    return index < head_.size() && is_any(head_[index], keywords);
}

}  // namespace dsql_local
