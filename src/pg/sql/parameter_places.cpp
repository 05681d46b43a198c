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
    row,    ///< a row of values at the top of the statement, to be stored
    list,   ///< values that something is compared with
    other,  ///< the arguments of a function, an inner query, an expression
};

// A walk through a statement's tokens, with two before and two after in sight, and with what is
// known of the place it has come to.
class statement_walk {
public:
    explicit statement_walk(std::string_view sql) noexcept : scanner_(sql) {
        for (int i = here; i < size; ++i) {
            tokens_[i] = scanner_.next();
        }
        resolves_select_items_ = has_word_that_resolves_items(sql);
    }

    [[nodiscard]] const sql_token& at(int distance) const noexcept {
        return tokens_[here + distance];
    }
    [[nodiscard]] bool is_at_end() const noexcept { return at(0).what == kind::end; }
    void advance();

    [[nodiscard]] parameter_place place() const noexcept;

private:
    static constexpr int here = 2;
    static constexpr int size = 5;

    [[nodiscard]] static bool has_word_that_resolves_items(std::string_view sql) noexcept;
    void note_clause() noexcept;
    [[nodiscard]] group opened_group() const noexcept;
    [[nodiscard]] std::optional<parameter_place> operand_place() const noexcept;
    [[nodiscard]] parameter_place item_place() const noexcept;

    sql_scanner scanner_;
    sql_token tokens_[size];
    std::vector<group> around_{};
    int cases_ = 0;                       // CASEs that have not ended
    bool in_assignments_ = false;         // after SET
    bool inserts_ = false;                // after INSERT
    bool resolves_select_items_ = false;  // so that an undeclared one becomes text
};

// Words that make the server work out the types of a SELECT's items before they meet the columns
// they are inserted into.
bool statement_walk::has_word_that_resolves_items(std::string_view sql) noexcept {
    sql_scanner scanner(sql);
    for (sql_token token = scanner.next(); token.what != kind::end; token = scanner.next()) {
        if (token.is_any_word({"DISTINCT", "UNION", "INTERSECT", "EXCEPT", "GROUP", "ORDER",
                               "HAVING", "WINDOW"})) {
            return true;
        }
    }
    return false;
}

void statement_walk::advance() {
    if (at(0).is("(")) {
        around_.push_back(opened_group());
    } else if (at(0).is("[")) {
        around_.push_back(group::other);
    } else if ((at(0).is(")") || at(0).is("]")) && !around_.empty()) {
        around_.pop_back();
    } else if (around_.empty()) {
        note_clause();
    }
    std::rotate(std::begin(tokens_), std::begin(tokens_) + 1, std::end(tokens_));
    tokens_[size - 1] = scanner_.next();
}

void statement_walk::note_clause() noexcept {
    if (at(0).is_word("CASE")) {
        ++cases_;
    } else if (at(0).is_word("END") && cases_ > 0) {
        --cases_;
    } else if (at(0).is_word("SET")) {
        in_assignments_ = true;
    } else if (at(0).is_any_word({"WHERE", "FROM", "RETURNING", "WHEN", "ON"}) && cases_ == 0 &&
               !at(-1).is_word("DISTINCT")) {
        in_assignments_ = false;
    } else if (at(0).is_word("INSERT")) {
        inserts_ = true;
    }
}

bool is_equals_sign(const sql_token& token) noexcept {
    return token.what == kind::operation && token.text == "=";
}

group statement_walk::opened_group() const noexcept {
    const sql_token& before = at(-1);
    if (at(1).is_any_word({"SELECT", "WITH", "VALUES", "TABLE"})) {
        return group::other;
    }
    if (before.is_word("IN")) {
        return group::list;
    }
    if (!around_.empty()) {
        return group::other;
    }
    if (is_equals_sign(before)) {
        return in_assignments_ ? group::row : group::list;
    }
    return before.is_word("VALUES") || before.is(",") ? group::row : group::other;
}

// Words after which an operator has no left side: a sign stands there.
bool is_clause(const sql_token& token) noexcept {
    return token.is_any_word(
        {"SELECT",   "WHERE", "AND",   "OR",      "NOT",   "ON",   "SET",       "VALUES", "CASE",
         "WHEN",     "THEN",  "ELSE",  "BETWEEN", "LIKE",  "IN",   "RETURNING", "HAVING", "BY",
         "DISTINCT", "ALL",   "LIMIT", "OFFSET",  "USING", "FROM", "AS"});
}

// Whether an operator's other side is something that has a type. A string has none.
bool has_type(const sql_token& token) noexcept {
    const bool is_number = token.what == kind::literal && detail::is_digit(token.text.front());
    return (token.what == kind::word && !is_clause(token)) || token.what == kind::name ||
           is_number || token.is(")") || token.is("]");
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
std::optional<parameter_place> statement_walk::operand_place() const noexcept {
    const sql_token& before = at(-1);
    const sql_token& after = at(1);
    const bool left_has_type = has_type(at(-2));
    const bool right_has_type = has_type(at(2)) || at(2).is("(");
    if (is_arithmetic(before) || is_arithmetic(after)) {
        const bool is_typed =
            (!is_arithmetic(before) || left_has_type) && (!is_arithmetic(after) || right_has_type);
        return is_typed ? parameter_place::computed : parameter_place::other;
    }
    if (is_equals_sign(before) && in_assignments_ && around_.empty() && cases_ == 0 &&
        !is_comparison(after)) {
        return parameter_place::stored;
    }
    if (is_comparison(before) || is_comparison(after)) {
        const bool is_typed =
            (is_comparison(before) && left_has_type) || (is_comparison(after) && right_has_type);
        return is_typed ? parameter_place::compared : parameter_place::other;
    }
    const bool is_bound =
        before.is_word("BETWEEN") || (before.is_word("AND") && at(-2).what == kind::parameter);
    return is_bound ? std::optional(parameter_place::compared) : std::nullopt;
}

bool ends_item(const sql_token& token) noexcept {
    return token.what == kind::end || token.is(",") || token.is(")") || token.is(";") ||
           token.is_any_word({"AS", "FROM", "WHERE", "ON", "RETURNING"});
}

parameter_place statement_walk::item_place() const noexcept {
    if (!ends_item(at(1))) {
        return parameter_place::other;
    }
    if (around_.empty()) {
        const bool is_inserted =
            inserts_ && !resolves_select_items_ && (at(-1).is_word("SELECT") || at(-1).is(","));
        return is_inserted ? parameter_place::stored : parameter_place::other;
    }
    if (around_.back() == group::other || !(at(-1).is("(") || at(-1).is(","))) {
        return parameter_place::other;
    }
    return around_.back() == group::row ? parameter_place::stored : parameter_place::compared;
}

parameter_place statement_walk::place() const noexcept {
    if (at(1).is("::")) {
        return parameter_place::computed;
    }
    const auto operand = operand_place();
    return operand ? *operand : item_place();
}

std::optional<std::size_t> index_of(const sql_token& parameter) noexcept {
    const auto number = detail::parse_number<std::size_t>(parameter.text.substr(1));
    return number && *number > 0 ? std::optional(*number - 1) : std::nullopt;
}

}  // namespace

std::vector<parameter_place> parameter_places(std::string_view sql, std::size_t count) {
    std::vector<std::optional<parameter_place>> found(count);
    for (statement_walk walk(sql); !walk.is_at_end(); walk.advance()) {
        const auto index = walk.at(0).what == kind::parameter ? index_of(walk.at(0)) : std::nullopt;
        if (index && *index < count) {
            auto& known = found[*index];
            const parameter_place here = walk.place();
            const bool is_other = known && (*known != parameter_place::stored || here != *known);
            known = is_other ? parameter_place::other : here;
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
