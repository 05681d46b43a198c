// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/leading_keywords.hpp"

#include "pg/sql/scanner.hpp"

#include <algorithm>

namespace dsql::detail {

std::vector<std::string> leading_keywords(std::string_view statement, std::size_t count) {
    std::vector<std::string> words;
    words.reserve(count);
    pg::sql_scanner scanner(statement);
    while (words.size() < count) {
        const pg::sql_token token = scanner.next();
        if (token.what != pg::sql_token::kind::word) {
            break;
        }
        std::string word(token.text);
        std::transform(word.begin(), word.end(), word.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        words.push_back(std::move(word));
    }
    return words;
}

}  // namespace dsql::detail
