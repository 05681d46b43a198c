// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/sql_scanner.hpp"

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The tokens of one statement: its first ones, and whether some words occur anywhere in it. Bulk
/// inserts are long, and nothing that matters about them comes late.
class statement_words {
public:
    void add(const sql_token& token, int depth);

    bool empty() const { return head_.empty(); }
    const std::vector<sql_token>& head() const { return head_; }
    std::size_t end() const { return end_; }  ///< of the last token

    /// Is the token at `index` one of these keywords?
    bool at(std::size_t index, std::initializer_list<std::string_view> keywords) const;

    bool has_from = false;
    bool has_outer_from = false;  ///< outside parentheses
    bool has_into = false;
    bool has_change = false;            ///< INSERT, UPDATE, DELETE or MERGE
    bool has_lock = false;              ///< FOR UPDATE and its like
    bool has_unsupported_lock = false;  ///< FOR SHARE or FOR NO KEY UPDATE
    bool has_not_valid = false;
    bool has_into_temporary = false;

private:
    std::vector<sql_token> head_;
    void note_lock(const sql_token& token, std::size_t depth);

    std::vector<bool> selects_;  // in these parentheses, by their depth: SELECT or TABLE was seen
    std::size_t locking_words_ = 0;  // of FOR NO KEY UPDATE, so far
    bool last_was_not_ = false;
    bool last_was_for_ = false;
    bool last_was_into_ = false;
    std::size_t end_ = 0;
};

}  // namespace dsql_local
