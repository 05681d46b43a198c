// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_words.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

constexpr std::size_t max_head_size = 64;

}  // namespace

void statement_words::add(const wire::sql_token& token) {
    end_ = token.end();
    if (head_.size() < max_head_size) {
        head_.push_back(token);
    }
}

bool statement_words::at(std::size_t index,
                         std::initializer_list<std::string_view> keywords) const {
    return index < head_.size() &&
           std::any_of(keywords.begin(), keywords.end(), [this, index](std::string_view keyword) {
               return head_[index].is(keyword);
           });
}

std::size_t statement_words::skip(std::size_t index,
                                  std::initializer_list<std::string_view> keywords) const {
    while (at(index, keywords)) {
        ++index;
    }
    return index;
}

std::size_t statement_words::skip_qualified_name(std::size_t index) const {
    if (index >= head_.size() || !head_[index].is_name()) {
        return index;
    }
    ++index;
    while (index + 1 < head_.size() && head_[index].is_symbol('.') && head_[index + 1].is_name()) {
        index += 2;
    }
    return index;
}

}  // namespace dsql_local
