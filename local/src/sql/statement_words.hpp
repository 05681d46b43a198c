// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/sql_scanner.hpp"

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The first tokens of a statement, and whether certain keywords occur anywhere in it. It does not
/// keep all tokens, because bulk inserts are long and their later tokens do not matter.
class statement_words {
public:
    void add(const sql_token& token, int depth);

    bool empty() const { return head_.empty(); }
    const std::vector<sql_token>& head() const { return head_; }
    std::size_t end() const { return end_; }  ///< the end of the last token

    /// Whether the token at `index` is one of `keywords`.
    bool at(std::size_t index, std::initializer_list<std::string_view> keywords) const;

    bool has_from = false;
    bool has_outer_from = false;  ///< outside parentheses
    bool has_into = false;
    bool has_change = false;            ///< INSERT, UPDATE, DELETE or MERGE
    bool has_lock = false;              ///< FOR UPDATE or another locking clause
    bool has_unsupported_lock = false;  ///< FOR SHARE or FOR NO KEY UPDATE
    bool has_not_valid = false;
    bool has_into_temporary = false;

private:
    std::vector<sql_token> head_;
    void note_lock(const sql_token& token, std::size_t depth);

    std::vector<bool> selects_;  // for each depth of parentheses: whether SELECT or TABLE occurred
    std::size_t locking_words_ = 0;  // how many words of FOR NO KEY UPDATE were just read
    bool last_was_not_ = false;
    bool last_was_for_ = false;
    bool last_was_into_ = false;
    std::size_t end_ = 0;
};

}  // namespace dsql_local
