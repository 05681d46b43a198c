// SPDX-License-Identifier: Apache-2.0
#include "sql/procedure_call.hpp"

#include <cstddef>

namespace dsql_local {
namespace {

// Returns the qualified name at `index` as written; empty if there is none.
std::string_view name_at(std::string_view statement, const statement_words& words,
                         std::size_t index) {
    const auto& head = words.head();
    const std::size_t end = words.skip_qualified_name(index);
    if (end == index) {
        return {};
    }
    return statement.substr(head[index].offset - head[0].offset,
                            head[end - 1].end() - head[index].offset);
}

std::string_view indexed_table(std::string_view statement, const statement_words& words) {
    std::size_t on = 0;
    while (on < words.head().size() && !words.at(on, {"ON"})) {
        ++on;
    }
    return name_at(statement, words, on + (words.at(on + 1, {"ONLY"}) ? 2 : 1));
}

procedure_call make_index_call(std::string_view statement, const statement_words& words,
                               std::size_t async) {
    const bool is_unique = words.at(1, {"UNIQUE"});
    std::string plain = without_word(statement, words, async);
    // The procedure makes an index that is not unique; the job finds out whether it can be.
    plain = is_unique ? without_word(plain, words, 1) : plain;
    return {.sql = "CALL pg_catalog.dsql_local_create_index(" + dollar_quote(plain) + ", " +
                   dollar_quote(indexed_table(statement, words)) + ", " +
                   (is_unique ? "true" : "false") + ")",
            .tag = "CREATE INDEX"};
}

procedure_call make_validate_call(std::string_view statement, const statement_words& words,
                                  std::size_t async) {
    const std::size_t table = words.skip(async + 1, {"IF", "EXISTS", "ONLY"});
    const std::size_t command = words.skip_qualified_name(table);
    if (!words.at(command, {"VALIDATE"}) || !words.at(command + 1, {"CONSTRAINT"})) {
        return {};
    }
    return {.sql = "CALL pg_catalog.dsql_local_validate_constraint(" +
                   dollar_quote(without_word(statement, words, async)) + ", " +
                   dollar_quote(name_at(statement, words, table)) + ", " +
                   dollar_quote(name_at(statement, words, command + 2)) + ")",
            .tag = "ALTER TABLE"};
}

// Parses AWS IAM GRANT role TO 'arn' and AWS IAM REVOKE role FROM 'arn'.
procedure_call make_iam_call(const statement_words& words) {
    const auto& head = words.head();
    const bool grants = words.at(2, {"GRANT"});
    if (!words.at(0, {"AWS"}) || !words.at(1, {"IAM"}) || !words.at(2, {"GRANT", "REVOKE"}) ||
        head.size() != 6 || !head[3].is_name() || !words.at(4, {grants ? "TO" : "FROM"}) ||
        head[5].kind != wire::token_kind::literal) {
        return {};
    }
    return {.sql = "CALL pg_catalog.dsql_local_set_iam_grant(" + dollar_quote(head[3].text) + ", " +
                   std::string(head[5].text) + (grants ? ", true)" : ", false)"),
            .tag = grants ? "GRANT" : "REVOKE"};
}

}  // namespace

std::string dollar_quote(std::string_view text) {
    std::string tag = "$q$";
    for (int i = 0; text.find(tag) != std::string_view::npos; ++i) {
        tag = "$q" + std::to_string(i) + "$";
    }
    return tag + std::string(text) + " " + tag;
}

std::string without_word(std::string_view statement, const statement_words& words,
                         std::size_t index) {
    const wire::sql_token& token = words.head()[index];
    std::string text(statement);
    return text.erase(token.offset - words.head()[0].offset, token.text.size());
}

std::size_t find_async(const statement_words& words) {
    const std::size_t index = words.at(1, {"UNIQUE"}) ? 2 : 1;
    const bool is_index = words.at(0, {"CREATE"}) && words.at(index, {"INDEX"});
    const bool is_table = words.at(0, {"ALTER"}) && words.at(1, {"TABLE"});
    const std::size_t async = is_index ? index + 1 : 2;
    return (is_index || is_table) && words.at(async, {"ASYNC"}) ? async : 0;
}

procedure_call find_procedure_call(std::string_view statement, const statement_words& words) {
    const std::size_t async = find_async(words);
    if (async == 0) {
        return make_iam_call(words);
    }
    return words.at(0, {"CREATE"}) ? make_index_call(statement, words, async)
                                   : make_validate_call(statement, words, async);
}

}  // namespace dsql_local
