// SPDX-License-Identifier: Apache-2.0
#include "sql/parse_tree.hpp"

#include "wire/sql_scanner.hpp"

#include <pg_query.h>

#include <cstddef>
#include <utility>

namespace dsql_local {
namespace {

class parse_result {
public:
    explicit parse_result(const std::string& sql) : result_(pg_query_parse(sql.c_str())) {}
    parse_result(const parse_result&) = delete;
    parse_result& operator=(const parse_result&) = delete;
    ~parse_result() { pg_query_free_parse_result(result_); }

    bool has_failed() const { return result_.error != nullptr; }
    const char* tree() const { return result_.parse_tree; }

private:
    PgQueryParseResult result_;
};

// The functions that walk through a tree call themselves for each level, so a thread's stack limits
// its depth. A subquery takes about ten levels.
constexpr int max_depth = 2'000;

bool is_too_deep(std::string_view tree) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < tree.size(); ++i) {
        const char c = tree[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth) {
                return true;
            }
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

// libpg_query takes a comment for a token where the grammar looks at two words together, such as
// NULLS FIRST.
std::string without_comments(std::string_view sql) {
    if (sql.find("--") == std::string_view::npos && sql.find("/*") == std::string_view::npos) {
        return std::string(sql);
    }
    std::string text;
    std::size_t end = 0;
    wire::sql_scanner scanner(sql);
    while (const auto token = scanner.next()) {
        if (token->offset > end) {
            const std::string_view gap = sql.substr(end, token->offset - end);
            // Only with a line break between them, two strings are one.
            text += gap.find('\n') == std::string_view::npos ? ' ' : '\n';
        }
        text += token->text;
        end = token->end();
    }
    return text;
}

}  // namespace

std::optional<parsed_statement> parse_statement(std::string_view sql) {
    const parse_result result{without_comments(sql)};
    if (result.has_failed() || is_too_deep(result.tree())) {
        return std::nullopt;
    }
    parse_node tree = parse_node::parse(result.tree(), nullptr, false);
    if (tree.is_discarded()) {
        return std::nullopt;
    }
    parse_node& statements = tree["stmts"];
    if (!statements.is_array() || statements.size() != 1) {
        return std::nullopt;
    }
    parse_node& statement = statements[0]["stmt"];
    if (!statement.is_object() || statement.size() != 1) {
        return std::nullopt;
    }
    const auto only = statement.begin();
    return parsed_statement{.type = only.key(), .fields = std::move(only.value())};
}

const parse_node& field(const parse_node& node, std::string_view name) {
    static const parse_node none;
    if (!node.is_object()) {
        return none;
    }
    const auto found = node.find(name);
    return found == node.end() ? none : *found;
}

std::string text_field(const parse_node& node, std::string_view name) {
    const parse_node& found = field(node, name);
    return found.is_string() ? found.get<std::string>() : std::string{};
}

long long number_field(const parse_node& node, std::string_view name) {
    const parse_node& found = field(node, name);
    return found.is_number_integer() ? found.get<long long>() : 0;
}

bool flag_field(const parse_node& node, std::string_view name) {
    const parse_node& found = field(node, name);
    return found.is_boolean() && found.get<bool>();
}

std::vector<std::string> name_parts(const parse_node& list) {
    std::vector<std::string> parts;
    for (const parse_node& item : list) {
        parts.push_back(text_field(field(item, "String"), "sval"));
    }
    return parts;
}

std::optional<std::string> constant_text(const parse_node& node) {
    if (node.is_array()) {
        return node.size() == 1 ? constant_text(node[0]) : std::nullopt;
    }
    if (const parse_node& string = field(node, "String"); !string.is_null()) {
        return text_field(string, "sval");
    }
    if (const parse_node& number = field(node, "Integer"); !number.is_null()) {
        return std::to_string(number_field(number, "ival"));
    }
    const parse_node& constant = field(node, "A_Const");
    if (const parse_node& string = field(constant, "sval"); !string.is_null()) {
        return text_field(string, "sval");
    }
    if (const parse_node& number = field(constant, "ival"); !number.is_null()) {
        return std::to_string(number_field(number, "ival"));
    }
    if (const parse_node& number = field(constant, "fval"); !number.is_null()) {
        return text_field(number, "fval");
    }
    if (const parse_node& truth = field(constant, "boolval"); !truth.is_null()) {
        return flag_field(truth, "boolval") ? "true" : "false";
    }
    return std::nullopt;
}

}  // namespace dsql_local
