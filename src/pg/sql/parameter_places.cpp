// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/parameter_places.hpp"

#include "base/text.hpp"
#include "pg/sql/scanner.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace dsql::pg {

namespace {

using kind = sql_token::kind;

// The context that surrounds a parameter: a statement, or parentheses.
struct surroundings {
    enum class kind {
        statement,  ///< a whole statement, or a data-modifying one in a WITH list
        row,        ///< a row of values to be stored
        list,       ///< values that IN compares with
        other,      ///< the arguments of a function, an inner query, an expression
    };

    kind what = kind::statement;
    int cases = 0;                ///< CASEs that have not ended
    bool in_assignments = false;  ///< after SET
    bool inserts = false;         ///< after INSERT
};

// Walks through the tokens of a statement. It sees some tokens before and after the current one,
// and keeps track of the contexts that surround it.
class statement_walk {
public:
    explicit statement_walk(std::string_view sql) : scanner_(sql) {
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
    static constexpr int here = 3;
    static constexpr int size = 6;

    [[nodiscard]] static bool has_word_that_resolves_items(std::string_view sql) noexcept;
    [[nodiscard]] surroundings& in() noexcept { return around_.back(); }
    [[nodiscard]] const surroundings& in() const noexcept { return around_.back(); }
    [[nodiscard]] bool is_in_statement() const noexcept {
        return in().what == surroundings::kind::statement && in().cases == 0;
    }
    void note_clause() noexcept;
    [[nodiscard]] surroundings::kind opened() const noexcept;
    [[nodiscard]] bool is_assigned() const noexcept;
    [[nodiscard]] std::optional<parameter_place> operand_place() const noexcept;
    [[nodiscard]] parameter_place item_place() const noexcept;

    sql_scanner scanner_;
    sql_token tokens_[size];
    std::vector<surroundings> around_{surroundings()};
    bool resolves_select_items_ = false;  // then an undeclared parameter becomes text
};

// Keywords that make the server determine the types of a SELECT's items before it knows the columns
// that they are inserted into.
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
        around_.push_back({.what = opened()});
    } else if (at(0).is("[")) {
        around_.push_back({.what = surroundings::kind::other});
    } else if ((at(0).is(")") || at(0).is("]")) && around_.size() > 1) {
        around_.pop_back();
    } else if (in().what == surroundings::kind::statement) {
        note_clause();
    }
    std::rotate(std::begin(tokens_), std::begin(tokens_) + 1, std::end(tokens_));
    tokens_[size - 1] = scanner_.next();
}

void statement_walk::note_clause() noexcept {
    if (at(0).is_word("CASE")) {
        ++in().cases;
    } else if (at(0).is_word("END") && in().cases > 0) {
        --in().cases;
    } else if (at(0).is_word("SET")) {
        in().in_assignments = true;
    } else if (at(0).is_any_word({"WHERE", "FROM", "RETURNING", "WHEN", "ON"}) && in().cases == 0 &&
               !at(-1).is_word("DISTINCT")) {
        in().in_assignments = false;
    } else if (at(0).is_word("INSERT")) {
        in().inserts = true;
    }
}

bool is_operator(const sql_token& token, std::initializer_list<std::string_view> which) noexcept {
    return token.what == kind::operation &&
           std::find(which.begin(), which.end(), token.text) != which.end();
}
bool is_comparison(const sql_token& token) noexcept {
    return is_operator(token, {"=", "<", ">", "<=", ">=", "<>", "!="});
}
bool is_arithmetic(const sql_token& token) noexcept {
    return is_operator(token, {"+", "-", "*", "/", "%"});
}

surroundings::kind statement_walk::opened() const noexcept {
    const sql_token& before = at(-1);
    if (at(1).is_any_word({"INSERT", "UPDATE", "DELETE", "MERGE"})) {
        return surroundings::kind::statement;
    }
    if (at(1).is_any_word({"SELECT", "WITH", "VALUES", "TABLE"})) {
        return surroundings::kind::other;
    }
    if (before.is_word("IN")) {
        return surroundings::kind::list;
    }
    if (!is_in_statement()) {
        return surroundings::kind::other;
    }
    // SET (a, b) = (...), and WHERE (a, b) = (...)
    if (is_operator(before, {"="}) && at(-2).is(")")) {
        return in().in_assignments ? surroundings::kind::row : surroundings::kind::list;
    }
    const bool is_row = before.is_word("VALUES") || (before.is(",") && at(-2).is(")"));
    return is_row && in().inserts ? surroundings::kind::row : surroundings::kind::other;
}

// Keywords after which an operator has no left operand, because it is a sign.
bool is_clause(const sql_token& token) noexcept {
    return token.is_any_word(
        {"SELECT", "WHERE", "AND",    "OR",        "NOT",   "ON",   "SET",    "VALUES", "CASE",
         "WHEN",   "THEN",  "ELSE",   "BETWEEN",   "LIKE",  "IN",   "HAVING", "BY",     "DISTINCT",
         "ALL",    "LIMIT", "OFFSET", "RETURNING", "USING", "FROM", "AS"});
}

bool is_column(const sql_token& token) noexcept {
    return (token.what == kind::word && !is_clause(token)) || token.what == kind::name;
}

// Whether the other operand of an operator has a type. A string literal has none.
bool has_type(const sql_token& token) noexcept {
    const bool is_number = token.what == kind::literal && detail::is_digit(token.text.front());
    return is_column(token) || is_number || token.is(")") || token.is("]");
}

bool ends_item(const sql_token& token) noexcept {
    return token.what == kind::end || token.is(",") || token.is(")") || token.is(";") ||
           token.is_any_word({"AS", "FROM", "WHERE", "ON", "RETURNING", "WHEN"});
}
bool ends_condition(const sql_token& token) noexcept {
    return ends_item(token) ||
           token.is_any_word({"AND",    "OR",    "GROUP",     "ORDER",  "LIMIT",  "OFFSET", "FETCH",
                              "HAVING", "UNION", "INTERSECT", "EXCEPT", "WINDOW", "FOR",    "THEN",
                              "JOIN",   "LEFT",  "RIGHT",     "INNER",  "FULL",   "CROSS",  "DO"});
}

// Matches `SET column = $1` with nothing after it.
bool statement_walk::is_assigned() const noexcept {
    return in().in_assignments && is_in_statement() && is_operator(at(-1), {"="}) &&
           is_column(at(-2)) && (at(-3).is_word("SET") || at(-3).is(",")) && ends_item(at(1));
}

// Returns the place of an operand; none when the parameter is not an operand. Arithmetic binds more
// tightly than a comparison, so it decides when the parameter is next to both.
std::optional<parameter_place> statement_walk::operand_place() const noexcept {
    const sql_token& before = at(-1);
    const sql_token& after = at(1);
    if (is_arithmetic(before) || is_arithmetic(after)) {
        const bool is_typed = (!is_arithmetic(before) || has_type(at(-2))) &&
                              (!is_arithmetic(after) || has_type(at(2)));
        return is_typed ? parameter_place::computed : parameter_place::other;
    }
    if (before.what == kind::operation || after.what == kind::operation) {
        const bool is_simple = is_comparison(before) && has_type(at(-2)) && ends_condition(after);
        return is_assigned() ? parameter_place::stored
               : is_simple   ? parameter_place::compared
                             : parameter_place::other;
    }
    const bool is_first_bound =
        before.is_word("BETWEEN") && has_type(at(-2)) && after.is_word("AND");
    const bool is_second_bound = before.is_word("AND") && at(-2).what == kind::parameter &&
                                 at(-3).is_word("BETWEEN") && ends_condition(after);
    return is_first_bound || is_second_bound ? std::optional(parameter_place::compared)
                                             : std::nullopt;
}

parameter_place statement_walk::item_place() const noexcept {
    if (!ends_item(at(1))) {
        return parameter_place::other;
    }
    switch (in().what) {
        case surroundings::kind::statement: {
            const bool is_inserted = in().inserts && in().cases == 0 && !resolves_select_items_ &&
                                     (at(-1).is_word("SELECT") || at(-1).is(","));
            return is_inserted ? parameter_place::stored : parameter_place::other;
        }
        case surroundings::kind::other:
            return parameter_place::other;
        case surroundings::kind::row:
        case surroundings::kind::list:
            break;
    }
    if (!at(-1).is("(") && !at(-1).is(",")) {
        return parameter_place::other;
    }
    return in().what == surroundings::kind::row ? parameter_place::stored
                                                : parameter_place::compared;
}

parameter_place statement_walk::place() const noexcept {
    if (at(1).is("::")) {
        return parameter_place::computed;
    }
    const auto operand = operand_place();
    return operand ? *operand : item_place();
}

}  // namespace

std::vector<parameter_place> parameter_places(std::string_view sql, std::size_t count) {
    std::vector<std::optional<parameter_place>> found(count);
    for (statement_walk walk(sql); !walk.is_at_end(); walk.advance()) {
        const std::size_t number = walk.at(0).parameter_number();
        if (number > 0 && number <= count) {
            auto& known = found[number - 1];
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
