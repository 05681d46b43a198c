// SPDX-License-Identifier: Apache-2.0
#include "sql/parse_tree.hpp"

#include <pg_query.h>

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

}  // namespace

std::optional<parsed_statement> parse_statement(std::string_view sql) {
    const parse_result result{std::string(sql)};
    if (result.has_failed()) {
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
