// SPDX-License-Identifier: Apache-2.0
#include "proxy/compat_filter.hpp"

#include "wire/sql_scanner.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace dsql_cli::proxy {

namespace {

using wire::sql_token;
using wire::token_kind;

// The longest statement of a tool is pg_dump's LOCK TABLE, which names tables up to 100 000 bytes.
// Longer ones, such as INSERTs with many rows, are not looked at.
constexpr std::size_t longest_habit = 128UL * 1024;

// What EXECUTE may become.
constexpr std::size_t longest_result = 1024UL * 1024;

// The cluster accepts this for settings that it does not let a client set. It changes nothing, in
// or outside a transaction. The same with the name of another setting may need a superuser.
constexpr const char* does_nothing = "SET statement_timeout TO DEFAULT";

// An expression that is true and has these arguments, so that parameters of the statement stay
// parameters. Keys of locks are numbers. COALESCE makes it one that may stand after FROM.
std::string true_expression(const std::vector<std::string>& arguments) {
    std::string text = "COALESCE(true";
    for (const std::string& argument : arguments) {
        text.append(" OR CAST(").append(argument).append(" AS bigint) IS NULL");
    }
    return text + ")";
}

// Returns the number of a parameter, which is "$" and digits; 0 if `token` is none.
std::size_t parameter_number(const std::optional<sql_token>& before, const sql_token& token) {
    constexpr std::size_t most_digits = 3;
    const bool is_parameter = before && before->is_symbol('$') && before->end() == token.offset &&
                              token.text.size() <= most_digits &&
                              token.text.find_first_not_of("0123456789") == std::string::npos;
    return is_parameter ? std::stoul(std::string(token.text)) : 0;
}

// Puts an argument, cast to its type, in the place of each parameter. Returns std::nullopt if the
// text became too long, because a long argument stands in many places.
std::optional<std::string> insert_arguments(std::string_view sql,
                                            const std::vector<std::string>& arguments,
                                            const std::vector<std::string>& types) {
    std::string text;
    std::size_t at = 0;
    wire::sql_scanner scanner(sql);
    std::optional<sql_token> before;
    while (const auto token = scanner.next()) {
        const std::size_t number = parameter_number(before, *token);
        if (number > 0 && number <= arguments.size()) {
            text.append(text_between(sql, at, before->offset));
            text.append("CAST(").append(arguments[number - 1]).append(" AS ");
            text.append(types[number - 1]).append(")");
            at = token->end();
        }
        if (text.size() > longest_result) {
            return std::nullopt;
        }
        before = token;
    }
    return text.append(sql.substr(at));
}

// The setting that a call of set_config() names, or takes from a row of pg_settings that the
// statement names: pg_dump does that for a setting that not every server has.
const compat_rule* find_set_config(const token_list& words, std::size_t name,
                                   const std::vector<std::string>& arguments) {
    const bool has_literal = words[name + 2].kind == token_kind::literal;
    for (std::size_t i = has_literal ? name + 2 : 0; i < words.size(); ++i) {
        const std::string_view text = words[i].text;
        if (words[i].kind == token_kind::literal && text.size() > 2) {
            const compat_rule* const rule =
                compat_rules::get().find_setting(text.substr(1, text.size() - 2), arguments[1]);
            if (rule != nullptr || has_literal) {
                return rule;
            }
        }
    }
    return nullptr;
}

}  // namespace

std::string compat_filter::rewrite(std::string_view sql) {
    if (sql.size() > longest_habit) {
        return {};
    }
    edits_.clear();
    wire::sql_scanner scanner(sql);
    tokens statement;
    while (const auto token = scanner.next()) {
        if (!token->is_symbol(';')) {
            statement.push_back(*token);
            continue;
        }
        rewrite_statement(sql, statement);
        statement.clear();
    }
    rewrite_statement(sql, statement);
    if (edits_.empty()) {
        return {};
    }
    std::string text;
    std::size_t at = 0;
    for (const edit& one : edits_) {
        text.append(text_between(sql, at, one.begin)).append(one.text);
        at = one.end;
    }
    return text.append(sql.substr(at));
}

void compat_filter::rewrite_statement(std::string_view sql, const tokens& words) {
    if (words.empty()) {
        return;
    }
    const bool is_whole = rewrite_set_transaction(words) || rewrite_set(words) ||
                          rewrite_begin(words) || rewrite_listed(words) ||
                          rewrite_prepare(sql, words) || rewrite_execute(sql, words) ||
                          rewrite_deallocate(words);
    if (!is_whole) {
        rewrite_calls(sql, words);
    }
}

void compat_filter::replace_all(const tokens& words, std::string text) {
    edits_.push_back({.begin = words.front().offset,
                      .end = words.back().end(),
                      .text = text == "nothing" ? does_nothing : std::move(text)});
}

void compat_filter::report(const std::string& answered, const compat_rule& rule) {
    if (reported_.insert(answered).second) {
        report_(answered + " (" + rule.meaning + ")");
    }
}

// SET [SESSION | LOCAL] name { TO | = } value
bool compat_filter::rewrite_set(const tokens& words) {
    if (!is(words, 0, "SET")) {
        return false;
    }
    std::size_t at = is(words, 1, "SESSION") || is(words, 1, "LOCAL") ? 2 : 1;
    const std::string name = take_setting_name(words, at);
    const bool has_value = (is(words, at, "TO") || is_symbol(words, at, '=')) &&
                           at + 1 < words.size() && !is(words, at + 1, "DEFAULT");
    const compat_rule* const rule =
        has_value ? compat_rules::get().find_setting(name, words[at + 1].text) : nullptr;
    if (rule == nullptr) {
        return false;
    }
    report("SET " + name, *rule);
    replace_all(words, "nothing");
    return true;
}

bool compat_filter::rewrite_set_transaction(const tokens& words) {
    const bool is_one = is(words, 0, "SET") && is(words, 1, "TRANSACTION");
    const bool is_all = is(words, 0, "SET") && is(words, 1, "SESSION") &&
                        is(words, 2, "CHARACTERISTICS") && is(words, 3, "AS") &&
                        is(words, 4, "TRANSACTION");
    const std::vector<transaction_mode> modes = split_modes(words, is_all ? 5 : 2);
    const bool is_answered =
        (is_one || is_all) && !modes.empty() &&
        std::all_of(modes.begin(), modes.end(), [is_one](const transaction_mode& mode) {
            const compat_rule* const rule = compat_rules::get().find("transactions", mode.words);
            return rule != nullptr && (is_one || rule->action != "set transaction");
        });
    if (!is_answered) {
        return false;
    }
    for (const transaction_mode& mode : modes) {
        report((is_one ? "SET TRANSACTION " : "SET SESSION CHARACTERISTICS AS TRANSACTION ") +
                   mode.words,
               *compat_rules::get().find("transactions", mode.words));
    }
    replace_all(words, "nothing");
    return true;
}

// BEGIN [TRANSACTION | WORK] modes, START TRANSACTION modes
bool compat_filter::rewrite_begin(const tokens& words) {
    const bool begins =
        is(words, 0, "BEGIN") || (is(words, 0, "START") && is(words, 1, "TRANSACTION"));
    if (!begins) {
        return false;
    }
    const std::size_t from = is(words, 1, "TRANSACTION") || is(words, 1, "WORK") ? 2 : 1;
    for (const transaction_mode& mode : split_modes(words, from)) {
        const compat_rule* const rule = compat_rules::get().find("transactions", mode.words);
        if (rule != nullptr && rule->action == "all") {
            report("BEGIN " + mode.words, *rule);
            edits_.push_back({.begin = words[mode.begin].offset,
                              .end = words[mode.end - 1].end(),
                              .text = "ISOLATION LEVEL REPEATABLE READ"});
        }
    }
    return true;
}

// In LOCK, the list of tables stands between [TABLE] and IN.
bool compat_filter::rewrite_listed(const tokens& words) {
    if (!compat_rules::get().has_key_with("statements", upper(words.front().text))) {
        return false;
    }
    std::string statement = join_words(words, 0, words.size());
    if (is(words, 0, "LOCK")) {
        const auto in = std::find_if(words.begin(), words.end(),
                                     [](const sql_token& word) { return word.is("IN"); });
        const auto at = static_cast<std::size_t>(in - words.begin());
        statement = "LOCK TABLE ... " + join_words(words, at, words.size());
    }
    const compat_rule* const rule = compat_rules::get().find("statements", statement);
    if (rule == nullptr) {
        return false;
    }
    report(statement, *rule);
    replace_all(words, rule->action);
    return true;
}

// PREPARE name (types) AS statement
bool compat_filter::rewrite_prepare(std::string_view sql, const tokens& words) {
    if (!is(words, 0, "PREPARE") || words.size() < 3 || !words[1].is_name() ||
        !words[2].is_symbol('(')) {
        return false;
    }
    const std::size_t close = find_closing(words, 2);
    const compat_rule& rule = *compat_rules::get().find("prepared statements", "PREPARE");
    if (close == std::string_view::npos || !is(words, close + 1, "AS") ||
        close + 2 >= words.size() || prepared_.size() >= std::stoul(rule.action)) {
        return false;
    }
    report("PREPARE", rule);
    prepared_[words[1].name()] = {
        .types = split_arguments(sql, words, 2, close),
        .sql = std::string(text_between(sql, words[close + 2].offset, words.back().end()))};
    replace_all(words, "nothing");
    return true;
}

// EXECUTE name [(arguments)]. A parameter is "$" and a number; each becomes its argument.
bool compat_filter::rewrite_execute(std::string_view sql, const tokens& words) {
    const auto found = is(words, 0, "EXECUTE") && words.size() > 1 && words[1].is_name()
                           ? prepared_.find(words[1].name())
                           : prepared_.end();
    if (found == prepared_.end()) {
        return false;
    }
    std::vector<std::string> arguments;
    if (is_symbol(words, 2, '(') && words.back().is_symbol(')')) {
        arguments = split_arguments(sql, words, 2, words.size() - 1);
    }
    const prepared& statement = found->second;
    if (arguments.size() != statement.types.size()) {
        return false;
    }
    const auto text = insert_arguments(statement.sql, arguments, statement.types);
    if (!text) {
        return false;
    }
    replace_all(words, *text);
    return true;
}

// DEALLOCATE [PREPARE] name
bool compat_filter::rewrite_deallocate(const tokens& words) {
    if (!is(words, 0, "DEALLOCATE") || words.size() < 2) {
        return false;
    }
    if (words.back().is("ALL")) {
        prepared_.clear();
        return true;
    }
    if (prepared_.erase(words.back().name()) == 0) {
        return false;
    }
    replace_all(words, "nothing");
    return true;
}

void compat_filter::rewrite_calls(std::string_view sql, const tokens& words) {
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        const bool is_call = words[at].is_name() && words[at + 1].is_symbol('(');
        if (is_call) {
            rewrite_call(sql, words, at);
        }
    }
}

// A schema may stand before the name of a function. A call within the arguments of another that is
// replaced stays as it is, and so do the commands that make or drop such a function. The result
// keeps its name, by which some clients look it up.
void compat_filter::rewrite_call(std::string_view sql, const tokens& words, std::size_t name) {
    const std::string function = words[name].name();
    const bool is_set_config = function == "set_config";
    const compat_rule* rule = compat_rules::get().find("functions", function);
    if (rule == nullptr && !is_set_config) {
        return;
    }
    const std::size_t close = find_closing(words, name + 1);
    const bool has_schema =
        name >= 2 && words[name - 1].is_symbol('.') && words[name - 2].name() == "pg_catalog";
    const bool is_member = name >= 1 && words[name - 1].is_symbol('.') && !has_schema;
    if (close == std::string_view::npos || is_member || is_about_functions(words) ||
        (!edits_.empty() && edits_.back().end > words[name].offset)) {
        return;
    }
    const std::vector<std::string> arguments = split_arguments(sql, words, name + 1, close);
    if (is_set_config) {
        rule = arguments.size() == 3 ? find_set_config(words, name, arguments) : nullptr;
    }
    if (rule == nullptr) {
        return;
    }
    replace_call(words, {.begin = has_schema ? name - 2 : name, .name = name, .close = close},
                 arguments, *rule);
}

void compat_filter::replace_call(const tokens& words, const call& which,
                                 const std::vector<std::string>& arguments,
                                 const compat_rule& rule) {
    const std::string function = words[which.name].name();
    const bool is_set_config = function == "set_config";
    report(is_set_config ? "set_config() of " + rule.key : function + "()", rule);
    std::string text =
        is_set_config ? "CAST(" + arguments[1] + " AS text)" : true_expression(arguments);
    if (rule.action == "nothing") {
        text = "left(CAST(" + text + " AS text), 0)";
    }
    if (names_its_result(words, which.begin, which.close)) {
        text.append(" AS ").append(function);
    }
    edits_.push_back({.begin = words[which.begin].offset,
                      .end = words[which.close].end(),
                      .text = std::move(text)});
}

std::string compat_filter::reported_version(std::string_view application,
                                            std::string_view version) {
    const compat_rule* const rule = compat_rules::get().find("reported versions", application);
    if (rule == nullptr) {
        return std::string(version);
    }
    report("server_version for " + std::string(application), *rule);
    return rule->action + " (by dsql proxy --compat; Aurora DSQL says " + std::string(version) +
           ")";
}

void compat_filter::remove_answered(wire::startup_parameters& settings) {
    std::erase_if(settings, [this](const auto& setting) {
        const compat_rule* const rule =
            compat_rules::get().find_setting(setting.first, setting.second);
        if (rule != nullptr) {
            report(setting.first + " at the login", *rule);
        }
        return rule != nullptr;
    });
}

}  // namespace dsql_cli::proxy
