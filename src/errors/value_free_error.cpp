// SPDX-License-Identifier: Apache-2.0
#include "errors/value_free_error.hpp"

#include <dsql/error.hpp>
#include <dsql/limit_exceeded_error.hpp>
#include <dsql/occ_conflict.hpp>
#include <dsql/sql_text.hpp>

#include "base/notify_on_completion.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace dsql::detail {

namespace {

constexpr std::string_view replacement = "<value>";

bool is_word_character(char c) noexcept {
    return is_lower(lower(c)) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// Whether `text` has `word`, and not only as a part of a longer word.
bool has_word(std::string_view text, std::string_view word) noexcept {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; ++at) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_word_character(text[at - 1])) &&
            (end == text.size() || !is_word_character(text[end]))) {
            return !word.empty();
        }
    }
    return false;
}

// Returns a text in which each part in double quotes is replaced, unless `keeps` says otherwise. A
// value may hold quotes, so if their number is odd, the last one ends nothing.
template <class Keeps>
std::string without_quoted(std::string_view text, Keeps keeps) {
    std::string out;
    while (!text.empty()) {
        const std::size_t begin = std::min(text.find('"'), text.size());
        out += text.substr(0, begin);
        text.remove_prefix(begin);
        if (text.empty()) {
            break;
        }
        const std::size_t end = std::min(text.find('"', 1), text.size() - 1);
        const std::string_view quoted = text.substr(1, std::max<std::size_t>(end, 1) - 1);
        if (end > 0 && text[end] == '"' && keeps(quoted)) {
            out.append(1, '"').append(quoted).append(1, '"');
        } else {
            out.append(replacement);
        }
        text.remove_prefix(end + 1);
    }
    return out;
}

// Errors of class 22, "data exception", are about values. Source: PostgreSQL, "Error Codes".
bool is_about_a_value(const server_error_fields& fields) noexcept {
    return fields.sqlstate.starts_with("22");
}

std::string message_without_values(const server_error& failure, std::string_view text) {
    const server_error_fields& fields = failure.fields();
    const std::array<std::string_view, 5> names{fields.schema_name, fields.table_name,
                                                fields.column_name, fields.data_type_name,
                                                fields.constraint_name};
    const bool is_of_value = is_about_a_value(fields);
    // `... for type integer: "x"`, `... for encoding "UTF8": 0xff`
    const std::size_t colon = is_of_value ? text.find(": ") : std::string_view::npos;
    std::string shown = without_quoted(text.substr(0, colon), [&](std::string_view quoted) {
        return !quoted.empty() && (std::find(names.begin(), names.end(), quoted) != names.end() ||
                                   (!is_of_value && has_word(failure.query(), quoted)));
    });
    return colon == std::string_view::npos ? shown : shown.append(": ").append(replacement);
}

server_error_fields without_values(const server_error& failure) {
    server_error_fields fields = failure.fields();
    fields.message = message_without_values(failure, fields.message);
    fields.hint = message_without_values(failure, fields.hint);
    fields.detail.clear();
    fields.context.clear();
    fields.internal_query.clear();
    fields.internal_position.clear();
    return fields;
}

bool begins_number(std::string_view text, std::size_t at) noexcept {
    const bool is_after_word = at > 0 && is_word_character(text[at - 1]);
    const bool has_sign = text[at] == '-' && at + 1 < text.size() && is_digit(text[at + 1]);
    return !is_after_word && (has_sign || is_digit(text[at]));
}

std::string without_numbers(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (!begins_number(text, at)) {
            out += text[at++];
            continue;
        }
        out += replacement;
        constexpr std::string_view more = ".-+:";
        do {
            ++at;
        } while (at < text.size() &&
                 (is_word_character(text[at]) || more.find(text[at]) != std::string_view::npos));
    }
    return out;
}

// The text begins with the parameter or the column, such as "parameter $1 (bigint): ".
conversion_error without_values(const conversion_error& failure) {
    const std::string_view text = failure.error::what();
    const std::size_t colon = text.find(": ");
    const std::string_view place = text.substr(0, colon == std::string_view::npos ? 0 : colon + 2);
    conversion_error shown(std::string(place) +
                           without_numbers(without_quoted(text.substr(place.size()),
                                                          [](std::string_view) { return false; })));
    if (failure.where().line() != 0 || !failure.query().empty()) {
        name_statement(shown, sql_text(failure.query(), failure.where()));
    }
    return shown;
}

// Returns null for an error that holds no values.
std::shared_ptr<const std::exception> copy_without_values(const std::exception& failure) {
    if (const auto* conversion = dynamic_cast<const conversion_error*>(&failure)) {
        return std::make_shared<const conversion_error>(without_values(*conversion));
    }
    const auto* const report = dynamic_cast<const server_error*>(&failure);
    if (report == nullptr) {
        return nullptr;
    }
    const server_error_fields fields = without_values(*report);
    if (const auto* const batch = dynamic_cast<const batch_error*>(report)) {
        return std::make_shared<const batch_error>(
            server_error(fields, report->query(), report->where()), batch->index(),
            batch->outcomes());
    }
    if (dynamic_cast<const occ_conflict*>(report) != nullptr) {
        return std::make_shared<const occ_conflict>(fields, report->query(), report->where());
    }
    if (dynamic_cast<const limit_exceeded_error*>(report) != nullptr) {
        return std::make_shared<const limit_exceeded_error>(fields, report->query(),
                                                            report->where());
    }
    return std::make_shared<const server_error>(fields, report->query(), report->where());
}

}  // namespace

value_free_error::value_free_error(const std::exception& failure) noexcept : original_(failure) {
    try {
        copy_ = copy_without_values(failure);
    } catch (...) {  // out of memory: an observer must not see the values
        static const unknown_exception in_place;
        copy_ = std::shared_ptr<const std::exception>(std::shared_ptr<void>(), &in_place);
    }
}

}  // namespace dsql::detail
