// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/parameter_places.hpp"

#include "config/text.hpp"
#include "pg/sql/scanner.hpp"

#include <algorithm>
#include <optional>

namespace dsql::pg {

namespace {

using kind = sql_token::kind;

// What the parentheses around a parameter are.
enum class group {
    row,    ///< a row of values at the top of the statement, or of a list that IN compares with
    other,  ///< the arguments of a function, an inner query, an expression
};

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
    return token.is_any_word({"SELECT", "WHERE", "AND", "OR", "NOT", "ON", "SET", "VALUES", "CASE",
                              "WHEN", "THEN", "ELSE", "BETWEEN", "LIKE", "IN", "RETURNING"});
}

// Whether an operator's other side is something that has a type.
bool has_type(const sql_token& token) noexcept {
    return (token.what == kind::word && !is_clause(token)) || token.what == kind::name ||
           token.what == kind::literal || token.is(")") || token.is("]");
}

bool is_comparison(const sql_token& token) noexcept {
    constexpr std::string_view comparisons[] = {"=", "<", ">", "<=", ">=", "<>", "!="};
    return token.what == kind::operation &&
           std::find(std::begin(comparisons), std::end(comparisons), token.text) !=
               std::end(comparisons);
}
bool is_arithmetic(const sql_token& token) noexcept {
    return token.what == kind::operation && !is_comparison(token);
}

// The place of an operand; none when the parameter is none. Arithmetic binds more tightly than a
// comparison, so that it decides where both stand beside the parameter.
std::optional<parameter_place> operand_place(const token_window& tokens) noexcept {
    const sql_token& before = tokens.at(-1);
    const sql_token& after = tokens.at(1);
    const bool left_has_type = has_type(tokens.at(-2));
    const bool right_has_type = has_type(tokens.at(2)) || tokens.at(2).is("(");
    if (is_arithmetic(before) || is_arithmetic(after)) {
        const bool is_typed =
            (!is_arithmetic(before) || left_has_type) && (!is_arithmetic(after) || right_has_type);
        return is_typed ? parameter_place::arithmetic : parameter_place::other;
    }
    if (is_comparison(before) || is_comparison(after)) {
        const bool is_typed =
            (is_comparison(before) && left_has_type) || (is_comparison(after) && right_has_type);
        return is_typed ? parameter_place::direct : parameter_place::other;
    }
    const bool is_bound = before.is_word("BETWEEN") ||
                          (before.is_word("AND") && tokens.at(-2).what == kind::parameter);
    return is_bound ? std::optional(parameter_place::direct) : std::nullopt;
}

bool ends_item(const sql_token& token) noexcept {
    return token.what == kind::end || token.is(",") || token.is(")") || token.is(";") ||
           token.is_any_word({"AS", "FROM", "WHERE", "ON", "RETURNING"});
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

parameter_place place_of(const token_window& tokens, const std::vector<group>& around) noexcept {
    if (tokens.at(1).is("::")) {
        return parameter_place::direct;
    }
    if (const auto operand = operand_place(tokens)) {
        return *operand;
    }
    return is_item_of_row(tokens, around) ? parameter_place::direct : parameter_place::other;
}

std::optional<std::size_t> index_of(const sql_token& parameter) noexcept {
    const auto number = detail::parse_number<std::size_t>(parameter.text.substr(1));
    return number && *number > 0 ? std::optional(*number - 1) : std::nullopt;
}

}  // namespace

std::vector<parameter_place> parameter_places(std::string_view sql, std::size_t count) {
    std::vector<std::optional<parameter_place>> found(count);
    std::vector<group> around;
    for (token_window tokens(sql); tokens.at(0).what != kind::end; tokens.advance()) {
        const sql_token& token = tokens.at(0);
        if (token.is("(") || token.is("[")) {
            around.push_back(token.is("(") ? opened_group(tokens, around.empty()) : group::other);
        } else if ((token.is(")") || token.is("]")) && !around.empty()) {
            around.pop_back();
        } else if (token.what == kind::parameter) {
            const auto index = index_of(token);
            if (index && *index < count) {
                auto& known = found[*index];
                const parameter_place here = place_of(tokens, around);
                known = known ? std::min(*known, here) : here;
            }
        }
    }
    std::vector<parameter_place> places;
    places.reserve(count);
    for (const auto& place : found) {
        places.push_back(place.value_or(parameter_place::other));
    }
    return places;
}

}  // namespace dsql::pg
