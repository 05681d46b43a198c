// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_words.hpp"

#include <algorithm>
#include <array>

namespace dsql_local {
namespace {

constexpr std::size_t max_head_size = 64;

bool is_any(const sql_token& token, std::initializer_list<std::string_view> keywords) {
    return std::any_of(keywords.begin(), keywords.end(),
                       [&token](std::string_view keyword) { return token.is(keyword); });
}

}  // namespace

// A locking clause follows a SELECT in the same parentheses. FOR in substring(a FOR share) is not
// one.
void statement_words::note_lock(const sql_token& token, std::size_t depth) {
    constexpr std::array<std::string_view, 4> no_key_update = {"FOR", "NO", "KEY", "UPDATE"};
    selects_.resize(depth + 1);
    if (token.is_symbol('(')) {
        selects_[depth] = false;
    } else if (token.is("SELECT") || token.is("TABLE")) {
        selects_[depth] = true;
    }
    if (token.is("FOR")) {
        locking_words_ = 1;
    } else {
        locking_words_ = token.is(no_key_update.at(locking_words_)) ? locking_words_ + 1 : 0;
    }
    const bool is_complete = locking_words_ == no_key_update.size();
    locking_words_ %= no_key_update.size();
    has_unsupported_lock =
        has_unsupported_lock ||
        (selects_[depth] && (is_complete || (last_was_for_ && token.is("SHARE"))));
}

void statement_words::add(const sql_token& token, int depth) {
    end_ = token.end();
    note_lock(token, static_cast<std::size_t>(depth));
    if (head_.size() < max_head_size) {
        head_.push_back(token);
    }
    if (token.kind != token_kind::word) {
        last_was_for_ = false;
        last_was_into_ = false;
        last_was_not_ = false;
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
    has_not_valid = has_not_valid || (last_was_not_ && token.is("VALID"));
    last_was_not_ = token.is("NOT");
    last_was_for_ = token.is("FOR");
    last_was_into_ = token.is("INTO");
}

bool statement_words::at(std::size_t index,
                         std::initializer_list<std::string_view> keywords) const {
    return index < head_.size() && is_any(head_[index], keywords);
}

}  // namespace dsql_local
