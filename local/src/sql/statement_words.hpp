// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/sql_scanner.hpp"

#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The first tokens of a statement, by which syntax that only DSQL has is recognized. It does not
/// keep all tokens, because bulk inserts are long and their later tokens do not matter.
class statement_words {
public:
    void add(const wire::sql_token& token);

    bool empty() const { return head_.empty(); }
    const std::vector<wire::sql_token>& head() const { return head_; }
    std::size_t end() const { return end_; }  ///< the end of the last token

    /// Whether the token at `index` is one of `keywords`.
    bool at(std::size_t index, std::initializer_list<std::string_view> keywords) const;

    /// Returns the position after any sequence of `keywords` that begins at `index`.
    std::size_t skip(std::size_t index, std::initializer_list<std::string_view> keywords) const;

    /// Returns the position after the name at `index`, which may be qualified or quoted: `a`, `a.b`
    /// or "a"."b". Returns `index` if there is no name.
    std::size_t skip_qualified_name(std::size_t index) const;

private:
    std::vector<wire::sql_token> head_;
    std::size_t end_ = 0;
};

}  // namespace dsql_local
