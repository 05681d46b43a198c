// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/parameter_places.hpp"

#include "config/text.hpp"
#include "pg/sql/scanner.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace dsql::pg {

namespace {

using kind = sql_token::kind;

// What the parentheses around a parameter are.
enum class group {
    row,    ///< a row of values at the top of the statement, or of a list that IN compares with
    other,  ///< the arguments of a function, an inner query, an expression
};

bool is_one_of(const sql_token& token, std::initializer_list<std::string_view> keywords) noexcept {
    return std::any_of(keywords.begin(), keywords.end(),
                       [&token](std::string_view one) { return token.is_word(one); });
}

// Walks through the tokens with two before and two after in sight.
class token_window {
public:
    explicit token_window(std::string_view sql) noexcept : scanner_(sql) {
        for (sql_token& token : tokens_) {
            token = here_or_later(token) ? scanner_.next() : sql_token();
        }
    }

    [[nodiscard]] const sql_token& at(int distance) const noexcept {
        return tokens_[static_cast<std::size_t>(here + distance)];
    }
    void advance() noexcept {
        std::rotate(std::begin(tokens_), std::begin(tokens_) + 1, std::end(tokens_));
        tokens_[size - 1] = scanner_.next();
    }

private:
    static constexpr int here = 2;
    static constexpr int size = 5;

    [[nodiscard]] bool here_or_later(const sql_token& token) const noexcept {
        return &token >= tokens_ + here;
    }

    sql_scanner scanner_;
    sql_token tokens_[size];
};

group opened_group(const token_window& tokens, bool at_top) noexcept {
    const sql_token& before = tokens.at(-1);
    const bool is_row = at_top && (before.is_word("VALUES") || before.is(",") ||
                                   (before.what == kind::operation && before.text == "="));
    return is_row || before.is_word("IN") ? group::row : group::other;
}

// Words after which an operator has no left side: a sign stands there.
bool is_clause(const sql_token& token) noexcept {
    return is_one_of(token, {"SELECT", "WHERE", "AND", "OR", "NOT", "ON", "SET", "VALUES", "CASE",
                             "WHEN", "THEN", "ELSE", "BETWEEN", "LIKE", "IN", "RETURNING"});
}

// Whether an operator's other side is something that has a type.
bool has_type(const sql_token& token) noexcept {
    return (token.what == kind::word && !is_clause(token)) || token.what == kind::name ||
           token.what == kind::literal || token.is(")") || token.is("]");
}

bool is_operand(const token_window& tokens) noexcept {
    if (tokens.at(-1).what == kind::operation) {
        return has_type(tokens.at(-2));
    }
    if (tokens.at(1).what == kind::operation) {
        const sql_token& other = tokens.at(2);
        return has_type(other) || other.is("(");
    }
    return is_one_of(tokens.at(-1), {"BETWEEN"}) ||
           (tokens.at(-1).is_word("AND") && tokens.at(-2).what == kind::parameter);
}

bool ends_item(const sql_token& token) noexcept {
    return token.what == kind::end || token.is(",") || token.is(")") || token.is(";") ||
           is_one_of(token, {"AS", "FROM", "WHERE", "ON", "RETURNING"});
}

bool is_item_of_row(const token_window& tokens, const std::vector<group>& around) noexcept {
    const sql_token& before = tokens.at(-1);
    if (!ends_item(tokens.at(1))) {
        return false;
    }
    if (around.empty()) {
        return before.is_word("SELECT") || before.is(",");
    }
    return around.back() == group::row && (before.is("(") || before.is(","));
}

std::optional<std::size_t> index_of(const sql_token& parameter) noexcept {
    const auto number = detail::parse_number<std::size_t>(parameter.text.substr(1));
    return number && *number > 0 ? std::optional(*number - 1) : std::nullopt;
}

}  // namespace

std::vector<bool> inferable_parameters(std::string_view sql, std::size_t count) {
    std::vector<bool> seen(count, false);
    std::vector<bool> inferable(count, true);
    std::vector<group> around;
    for (token_window tokens(sql); tokens.at(0).what != kind::end; tokens.advance()) {
        const sql_token& token = tokens.at(0);
        if (token.is("(") || token.is("[")) {
            around.push_back(token.is("(") ? opened_group(tokens, around.empty()) : group::other);
        } else if ((token.is(")") || token.is("]")) && !around.empty()) {
            around.pop_back();
        } else if (token.what == kind::parameter) {
            const auto index = index_of(token);
            if (!index || *index >= count) {
                continue;
            }
            seen[*index] = true;
            if (!tokens.at(1).is("::") && !is_operand(tokens) && !is_item_of_row(tokens, around)) {
                inferable[*index] = false;
            }
        }
    }
    std::transform(seen.begin(), seen.end(), inferable.begin(), inferable.begin(),
                   [](bool is_seen, bool is_inferable) { return is_seen && is_inferable; });
    return inferable;
}

}  // namespace dsql::pg
