// SPDX-License-Identifier: Apache-2.0
#include "protocol/prepared_statement.hpp"

#include "wire/sql_scanner.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace dsql_local {
namespace {

char to_lower(char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool contains_ignoring_case(std::string_view text, std::string_view lower_case) {
    const auto is_equal = [](char a, char b) {
        return to_lower(a) == b;
    };
    return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(), is_equal) !=
           text.end();
}

// Returns the name that DEALLOCATE drops; empty for ALL.
std::string find_dropped_name(wire::sql_scanner& after_keyword) {
    auto token = after_keyword.next();
    if (token && token->is("PREPARE")) {
        token = after_keyword.next();
    }
    return token && token->is_name() && !token->is("ALL") ? token->name() : "";
}

// What another function does is not known before it is called.
void note_calls(sql_statement& statement, const shared_state& shared) {
    const bool is_known = std::all_of(
        statement.called.begin(), statement.called.end(),
        [&](const std::string& name) { return shared.built_in_functions.contains(name); });
    statement.may_write = statement.writes || !is_known;
    statement.touches_storage = statement.touches_storage || !is_known;
    if (statement.prepared) {
        sql_statement prepared = *statement.prepared;
        note_calls(prepared, shared);
        statement.prepared = std::make_shared<const sql_statement>(std::move(prepared));
    }
}

}  // namespace

session_effects find_session_effects(std::string_view statement) {
    wire::sql_scanner scanner(statement);
    const auto first = scanner.next();
    session_effects effects;
    if (first && first->is("DEALLOCATE")) {
        effects.drops_statements = true;
        effects.dropped_name = find_dropped_name(scanner);
    } else if (first && first->is("DISCARD")) {
        effects.drops_statements = true;
    }
    effects.may_cancel_backends = contains_ignoring_case(statement, "pg_cancel_backend");
    return effects;
}

std::vector<prepared_statement> split_query(std::string_view sql, const shared_state& shared) {
    std::vector<prepared_statement> prepared;
    for (sql_statement& statement : split_statements(sql, shared.dialect)) {
        note_calls(statement, shared);
        session_effects effects =
            find_session_effects(sql.substr(statement.offset, statement.size));
        prepared.push_back({std::move(statement), std::move(effects)});
    }
    return prepared;
}

std::shared_ptr<prepared_statement> prepare_statement(std::string_view sql,
                                                      const shared_state& shared) {
    std::vector<prepared_statement> statements = split_query(sql, shared);
    return statements.size() == 1
               ? std::make_shared<prepared_statement>(std::move(statements.front()))
               : std::make_shared<prepared_statement>();
}

}  // namespace dsql_local
