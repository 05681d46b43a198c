// SPDX-License-Identifier: Apache-2.0
#include "load/infer_table.hpp"

#include <dsql/decimal.hpp>
#include <dsql/error.hpp>
#include <dsql/sql_text.hpp>

#include "format.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <regex>
#include <set>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace dsql_cli::load {

namespace {

using predicate = bool (*)(const std::string&);

bool is_boolean(const std::string& text) {
    return text == "true" || text == "false" || text == "t" || text == "f";
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// A number without a plus sign and leading zeros. "007" is a name of someone.
bool is_canonical_number(std::string_view text) {
    if (text.starts_with('-')) {
        text.remove_prefix(1);
    }
    const bool is_fraction = text.size() > 1 && text[0] == '.' && is_digit(text[1]);
    return is_fraction || (!text.empty() && is_digit(text[0]) &&
                           (text[0] != '0' || text.size() == 1 || text[1] == '.'));
}

bool is_bigint(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return is_canonical_number(text) && failed == std::errc() && end == text.data() + text.size();
}

bool is_numeric(const std::string& text) {
    static const std::regex pattern(R"(-?(\d+(\.\d+)?|\.\d+))");
    return is_canonical_number(text) && text.size() < 1'000 && std::regex_match(text, pattern);
}

// Not a number that would become infinite or zero. (std::from_chars would do, but that of libc++
// before version 20 only reads integers.)
bool is_double(const std::string& text) {
    if (!is_canonical_number(text) ||
        text.find_first_not_of("0123456789.+-eE") != std::string::npos) {
        return false;
    }
    try {
        const dsql::decimal number = dsql::decimal::parse(text);
        const double nearest = number.to_double();
        return std::isfinite(nearest) && (nearest != 0 || number == dsql::decimal(0));
    } catch (const dsql::conversion_error&) {
        return false;
    }
}

// Whether the text begins with a day that there is, as 2026-02-28. PostgreSQL has no year 0.
bool begins_with_date(std::string_view text) {
    static const std::regex pattern(R"(\d{4}-\d\d-\d\d)");
    const std::string_view date = text.substr(0, 10);
    if (!std::regex_match(date.begin(), date.end(), pattern)) {
        return false;
    }
    const auto number_at = [date](std::size_t at, std::size_t digits) {
        unsigned number = 0;
        std::from_chars(date.data() + at, date.data() + at + digits, number);
        return number;
    };
    const unsigned year = number_at(0, 4);
    return year > 0 && std::chrono::year_month_day(std::chrono::year(static_cast<int>(year)),
                                                   std::chrono::month(number_at(5, 2)),
                                                   std::chrono::day(number_at(8, 2)))
                           .ok();
}

bool is_date(const std::string& text) {
    return text.size() == 10 && begins_with_date(text);
}

constexpr const char* date_and_time = R"(.{10}[ T]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?)";

bool is_timestamp(const std::string& text) {
    static const std::regex pattern(date_and_time);
    return begins_with_date(text) && std::regex_match(text, pattern);
}

// The largest displacement that PostgreSQL accepts is 15:59.
bool is_timestamptz(const std::string& text) {
    static const std::regex pattern(std::string(date_and_time) +
                                    R"( ?(Z|UTC|[+-](0\d|1[0-5])(:?[0-5]\d)?))");
    return begins_with_date(text) && std::regex_match(text, pattern);
}

bool is_uuid(const std::string& text) {
    static const std::regex pattern(
        R"([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})");
    return std::regex_match(text, pattern);
}

struct inferable_type {
    const char* name;
    predicate holds;
};

// Of several that hold all values, the first is taken.
constexpr std::array<inferable_type, 8> inferable_types{{
    {"boolean", &is_boolean},
    {"bigint", &is_bigint},
    {"numeric", &is_numeric},
    {"double precision", &is_double},
    {"date", &is_date},
    {"timestamp", &is_timestamp},
    {"timestamptz", &is_timestamptz},
    {"uuid", &is_uuid},
}};

}  // namespace

std::string infer_type(const std::vector<field_value>& values) {
    const bool has_value = std::any_of(values.begin(), values.end(),
                                       [](const field_value& each) { return each.has_value(); });
    for (const inferable_type& type : inferable_types) {
        if (has_value && std::all_of(values.begin(), values.end(), [&](const field_value& each) {
                return !each || type.holds(*each);
            })) {
            return type.name;
        }
    }
    return "text";
}

std::vector<std::string> column_names(const std::vector<field_value>& header,
                                      const std::string& origin) {
    std::vector<std::string> names;
    std::set<std::string> seen;
    for (const field_value& each : header) {
        const std::string written = each.value_or("");
        const std::string name = lower_case(without_blanks(written));
        if (name.empty()) {
            throw std::runtime_error(origin + ": the column " + std::to_string(names.size() + 1) +
                                     " has no name");
        }
        try {
            static_cast<void>(dsql::quote_identifier(name));
        } catch (const dsql::config_error& wrong) {
            throw std::runtime_error(origin + ": no name for a column: " + wrong.what());
        }
        if (!seen.insert(name).second) {
            throw std::runtime_error(origin + ": the column \"" + to_single_line(name) +
                                     "\" is there twice");
        }
        names.push_back(name);
    }
    return names;
}

std::string propose_table(const table_name& name, const std::vector<std::string>& column_names,
                          const std::vector<std::string>& primary_key, const chunk& sample,
                          const dialect& used) {
    std::vector<std::vector<field_value>> columns(column_names.size());
    for (std::size_t row = 0; row < sample.rows(); ++row) {
        const std::vector<field_value> values = decode_row(sample.text(row, row + 1), used);
        for (std::size_t i = 0; i < columns.size() && values.size() == columns.size(); ++i) {
            columns[i].push_back(values[i]);
        }
    }
    std::string statement = "CREATE TABLE IF NOT EXISTS " + name.quoted() + " (";
    for (std::size_t i = 0; i < columns.size(); ++i) {
        statement += (i == 0 ? "\n    " : ",\n    ") + dsql::quote_identifier(column_names[i]) +
                     " " + infer_type(columns[i]);
    }
    std::string key;
    for (const std::string& each : primary_key) {
        const std::string column = lower_case(without_blanks(each));
        if (std::find(column_names.begin(), column_names.end(), column) == column_names.end()) {
            throw std::runtime_error("--primary-key: there is no column \"" + to_single_line(each) +
                                     "\"; there are: " + join(column_names));
        }
        key += (key.empty() ? "" : ", ") + dsql::quote_identifier(column);
    }
    return statement + (key.empty() ? "\n)" : ",\n    PRIMARY KEY (" + key + ")\n)");
}

}  // namespace dsql_cli::load
