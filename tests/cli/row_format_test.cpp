// SPDX-License-Identifier: Apache-2.0
#include "export/row_format.hpp"

#include "support/random_seed.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace row_format_test {

using namespace dsql_cli::exports;

using value = std::optional<std::string>;
using row = std::vector<value>;

// As PostgreSQL's COPY writes them. Source: PostgreSQL, "COPY", Text Format.
std::string encode(const row& values) {
    constexpr std::string_view special = "\b\f\n\r\t\v\\";
    constexpr std::string_view letters = "bfnrtv\\";
    std::string line;
    for (const value& one : values) {
        line += line.empty() && &one == values.data() ? "" : "\t";
        for (const char c : one.value_or("")) {
            const std::size_t at = special.find(c);
            line +=
                at == std::string_view::npos ? std::string(1, c) : std::string("\\") + letters[at];
        }
        line += one ? "" : "\\N";
    }
    return line + '\n';
}

// A reader of CSV by the rules of RFC 4180, in which an empty value without quotes is NULL.
std::vector<row> parse_csv(std::string_view text, char delimiter) {
    std::vector<row> rows;
    while (!text.empty()) {
        row values;
        for (char end = delimiter; end == delimiter; text.remove_prefix(1)) {
            value one;
            if (text.front() == '"') {
                one.emplace();
                for (text.remove_prefix(1); text.front() != '"' || text.substr(0, 2) == "\"\"";) {
                    *one += text.front();
                    text.remove_prefix(text.front() == '"' ? 2 : 1);
                }
                text.remove_prefix(1);
            } else {
                const std::size_t size = std::min(text.find(delimiter), text.find('\n'));
                one = size == 0 ? value() : value(text.substr(0, size));
                text.remove_prefix(size);
            }
            values.push_back(one);
            end = text.front();
        }
        rows.push_back(values);
    }
    return rows;
}

std::vector<export_column> text_columns(std::size_t count) {
    std::vector<export_column> columns;
    for (std::size_t i = 0; i < count; ++i) {
        columns.push_back({.name = "c" + std::to_string(i), .type = dsql::oids::text});
    }
    return columns;
}

std::vector<row> random_rows(std::mt19937_64& random, std::size_t columns) {
    static const std::vector<std::string> pieces = {"a",        "b",  "\\",   "\"",  ",",   "\t",
                                                    "\n",       "\r", "N",    "\\N", "\\.", " ",
                                                    "\xc3\xa4", "'",  "\x01", "\b"};
    std::vector<row> rows(random() % 5);
    for (row& one : rows) {
        for (std::size_t i = 0; i < columns; ++i) {
            value text;
            if (random() % 5 != 0) {
                text.emplace();
                for (std::size_t left = random() % 5; left > 0; --left) {
                    *text += pieces[random() % pieces.size()];
                }
            }
            one.push_back(text);
        }
    }
    return rows;
}

std::vector<row> parse_json(const std::string& text, std::size_t columns) {
    std::vector<row> rows;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const nlohmann::json object = nlohmann::json::parse(line);
        EXPECT_EQ(object.size(), columns);
        row values;
        for (std::size_t i = 0; i < columns; ++i) {
            const nlohmann::json& one = object.at("c" + std::to_string(i));
            values.push_back(one.is_null() ? value() : value(one.get<std::string>()));
        }
        rows.push_back(values);
    }
    return rows;
}

TEST(RowFormat, WhatIsWrittenIsReadAgain) {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 3'000; ++i) {
        const std::size_t columns = 1 + random() % 3;
        const std::vector<row> rows = random_rows(random, columns);
        std::string copied;
        for (const row& one : rows) {
            copied += encode(one);
        }
        const auto write = [&](row_syntax syntax) {
            std::string text;
            const auto format =
                make_row_format(text_columns(columns), {.syntax = syntax, .has_header = false});
            format->append_header(text);
            EXPECT_EQ(format->append_rows(copied, text), rows.size());
            return text;
        };
        ASSERT_EQ(parse_csv(write(row_syntax::csv), ','), rows) << copied;
        ASSERT_EQ(parse_csv(write(row_syntax::tsv), '\t'), rows) << copied;
        ASSERT_EQ(write(row_syntax::text), copied);
        ASSERT_EQ(parse_json(write(row_syntax::json_lines), columns), rows) << copied;
        if (!rows.empty()) {
            const auto fields =
                split_row(std::string_view(copied).substr(0, encode(rows[0]).size()));
            ASSERT_EQ(fields.size(), columns) << copied;
            for (std::size_t j = 0; j < columns; ++j) {
                std::string decoded;
                append_decoded(fields[j], decoded);
                ASSERT_EQ(decoded, rows[0][j].value_or("N"));
            }
        }
    }
}

std::string write_rows(const std::vector<export_column>& columns, const format_options& options,
                       std::string_view rows) {
    std::string text;
    const auto format = make_row_format(columns, options);
    format->append_header(text);
    static_cast<void>(format->append_rows(rows, text));
    return text;
}

TEST(RowFormat, JsonHasTheTypesThatItHasExactly) {
    namespace oids = dsql::oids;
    const std::vector<export_column> columns = {{"b", oids::boolean}, {"i", oids::int8},
                                                {"f", oids::float8},  {"n", oids::numeric},
                                                {"j", oids::jsonb},   {"say \"x\"", oids::date}};
    EXPECT_EQ(
        write_rows(columns, {.syntax = row_syntax::json_lines},
                   "t\t-9223372036854775808\t1e-05\t0.10\t{\"a\":\\n \"\\\\n\"}\t2026-01-02\n"
                   "f\t\\N\tNaN\tNaN\tnull\t\\N\n"),
        "{\"b\":true,\"i\":-9223372036854775808,\"f\":1e-05,\"n\":\"0.10\","
        "\"j\":{\"a\":  \"\\n\"},\"say \\\"x\\\"\":\"2026-01-02\"}\n"
        "{\"b\":false,\"i\":null,\"f\":\"NaN\",\"n\":\"NaN\",\"j\":null,\"say \\\"x\\\"\":null}\n");
}

TEST(RowFormat, HeadersAndMarkersOfNull) {
    const std::vector<export_column> columns = {{"a,b", dsql::oids::text}, {"c", dsql::oids::text}};
    EXPECT_EQ(write_rows(columns, {.null_marker = "NULL"}, "NULL\t\\N\n\t\n"),
              "\"a,b\",c\n\"NULL\",NULL\n,\n");
    EXPECT_EQ(write_rows(columns, {.syntax = row_syntax::tsv}, "\t\\N\n"), "a,b\tc\n\"\"\t\n");
    EXPECT_EQ(write_rows({{"a\tb", dsql::oids::text}}, {.syntax = row_syntax::text}, ""),
              "a\\tb\n");
    EXPECT_EQ(write_rows({}, {.syntax = row_syntax::json_lines}, "\n\n"), "{}\n{}\n");
    EXPECT_THROW(static_cast<void>(make_row_format(columns, {.null_marker = "a,b"})),
                 std::invalid_argument);
    EXPECT_THROW(static_cast<void>(
                     make_row_format(columns, {.syntax = row_syntax::text, .null_marker = ""})),
                 std::invalid_argument);
    EXPECT_THROW(static_cast<void>(
                     make_row_format({{"a", 25}, {"a", 25}}, {.syntax = row_syntax::json_lines})),
                 std::invalid_argument);
}

TEST(RowFormat, ARowThatDoesNotEndIsAnError) {
    for (const row_syntax syntax : {row_syntax::csv, row_syntax::text, row_syntax::json_lines}) {
        std::string text;
        const auto format = make_row_format(text_columns(1), {.syntax = syntax});
        EXPECT_THROW(static_cast<void>(format->append_rows("a\nb", text)), std::runtime_error);
    }
}

}  // namespace row_format_test
