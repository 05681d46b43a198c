// SPDX-License-Identifier: Apache-2.0
#include "run/script_failure.hpp"

#include <dsql/retry_policy.hpp>

#include "describe_error.hpp"
#include "format.hpp"

#include <charconv>
#include <cstddef>
#include <string_view>

namespace dsql_cli::run {

namespace {

constexpr std::size_t longest_beginning = 100;

// The place that the server names in its error; else the statement's beginning.
sql::text_position position_of(const sql::sql_statement& statement,
                               const dsql::server_error_fields& fields) {
    std::size_t character = 0;
    const std::string& text = fields.position;
    std::from_chars(text.data(), text.data() + text.size(), character);
    if (character == 0) {
        return statement.position;
    }
    return sql::position_after(statement.text,
                               sql::offset_of_character(statement.text, character - 1),
                               statement.position);
}

void add_line(std::string& text, std::string_view label, const std::string& content) {
    if (!content.empty()) {
        text.append("\n  ").append(label).append(to_single_line(content));
    }
}

std::string describe_attempts(const dsql::error& thrown) {
    const auto* const exhausted = dynamic_cast<const dsql::retries_exhausted*>(&thrown);
    return exhausted == nullptr ? std::string()
                                : ", after " + std::to_string(exhausted->attempts()) + " attempts";
}

}  // namespace

std::string format_place(const std::string& script, sql::text_position position) {
    return script + ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
}

std::string abridge(const sql::sql_statement& statement) {
    // Enough bytes for that many characters.
    std::string line = to_single_line(statement.text.substr(0, 8 * longest_beginning));
    const std::size_t end = sql::offset_of_character(line, longest_beginning);
    if (end < line.size()) {
        line.replace(end, std::string::npos, "...");
    }
    return line;
}

script_failure describe_failure(const std::string& script, const sql::sql_statement& statement,
                                const dsql::error& thrown, const std::string& advice) {
    const auto* const server = dynamic_cast<const dsql::server_error*>(&thrown);
    const dsql::server_error_fields none{};
    const dsql::server_error_fields& fields = server == nullptr ? none : server->fields();
    std::string text = format_place(script, position_of(statement, fields)) + ": ";
    if (server == nullptr) {
        text.append(describe_error(thrown));
    } else {
        text.append(to_single_line(fields.message)).append(" (SQLSTATE ");
        text.append(fields.sqlstate).append(")").append(describe_attempts(thrown));
    }
    add_line(text, "", abridge(statement));
    add_line(text, "detail: ", fields.detail);
    add_line(text, "hint: ", fields.hint);
    add_line(text, "", advice);
    return script_failure(text);
}

script_failure describe_failure(const std::string& script, const sql::script_error& thrown) {
    return script_failure(format_place(script, thrown.position()) + ": " +
                          to_single_line(thrown.what()));
}

}  // namespace dsql_cli::run
