// SPDX-License-Identifier: Apache-2.0
#include "export/row_format.hpp"

#include "export/copy_text.hpp"
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

// CSV by the rules of PostgreSQL, one character after the other. Source: PostgreSQL 15,
// src/backend/commands/copyto.c, CopyAttributeOutCSV.
std::string write_csv(const std::vector<row>& rows, char delimiter, const std::string& marker) {
    std::string text;
    for (const row& values : rows) {
        for (const value& one : values) {
            text += &one == values.data() ? "" : std::string(1, delimiter);
            bool is_quoted = one && (*one == marker || (values.size() == 1 && *one == "\\."));
            for (const char c : one.value_or("")) {
                is_quoted = is_quoted || c == '"' || c == '\r' || c == '\n' || c == delimiter;
            }
            text += is_quoted ? "\"" : "";
            for (const char c : one.value_or(marker)) {
                text += c == '"' ? "\"\"" : std::string(1, c);
            }
            text += is_quoted ? "\"" : "";
        }
        text += '\n';
    }
    return text;
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

std::string encode_all(const std::vector<row>& rows) {
    std::string copied;
    for (const row& one : rows) {
        copied += encode(one);
    }
    return copied;
}

// Without a header.
std::string format_all(const std::vector<row>& rows, std::size_t columns,
                       const format_options& options) {
    std::string text;
    EXPECT_EQ(make_row_format(text_columns(columns), options)->append_rows(encode_all(rows), text),
              rows.size());
    return text;
}

void expect_all_formats(const std::vector<row>& rows, std::size_t columns) {
    for (const std::string marker : {"", "N", "a", "\\N"}) {
        const format_options csv{.syntax = row_syntax::csv, .null_marker = marker};
        const format_options tsv{.syntax = row_syntax::tsv, .null_marker = marker};
        ASSERT_EQ(format_all(rows, columns, csv), write_csv(rows, ',', marker));
        ASSERT_EQ(format_all(rows, columns, tsv), write_csv(rows, '\t', marker));
    }
    const std::string copied = encode_all(rows);
    ASSERT_EQ(parse_csv(format_all(rows, columns, {}), ','), rows) << copied;
    ASSERT_EQ(format_all(rows, columns, {.syntax = row_syntax::text}), copied);
    ASSERT_EQ(parse_json(format_all(rows, columns, {.syntax = row_syntax::json_lines}), columns),
              rows)
        << copied;
}

TEST(RowFormat, WhatIsWrittenIsReadAgain) {
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 3'000; ++i) {
        const std::size_t columns = 1 + random() % 3;
        const std::vector<row> rows = random_rows(random, columns);
        ASSERT_NO_FATAL_FAILURE(expect_all_formats(rows, columns));
        for (const row& one : rows) {
            const std::string copied = encode(one);
            const auto fields = split_row(copied);
            ASSERT_EQ(fields.size(), columns) << copied;
            for (std::size_t j = 0; j < columns; ++j) {
                std::string decoded;
                append_decoded(fields[j], decoded);
                ASSERT_EQ(decoded, one[j].value_or("N"));
            }
        }
    }
}

// Long values are written in blocks, whose borders may be anywhere between special characters.
TEST(RowFormat, LongValuesAreWrittenWhole) {
    for (const char* special : {"\"", "\\", "\x01", ","}) {
        for (std::size_t before = 1'021; before < 1'026; ++before) {
            const std::string text = std::string(before, 'x') + special + std::string(1'020, 'y') +
                                     special + special + std::string(1'020, 'z') + special;
            ASSERT_NO_FATAL_FAILURE(expect_all_formats({{text, "a"}, {value(), text}}, 2));
        }
    }
    const std::string huge(1'000'000, '"');
    ASSERT_EQ(format_all({{huge}}, 1, {}).size(), 2 * huge.size() + 3);
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

struct json_case {
    dsql::oid type;
    std::string copied;  // as the server sends it
    std::string json;
};

TEST(RowFormat, EachTypeHasItsJson) {
    namespace oids = dsql::oids;
    for (const json_case& one : std::vector<json_case>{
             {oids::boolean, "t", "true"},
             {oids::boolean, "f", "false"},
             {oids::boolean, "\\N", "null"},
             {oids::int2, "-32768", "-32768"},
             {oids::int4, "0", "0"},
             {oids::int8, "9223372036854775807", "9223372036854775807"},
             {oids::object_identifier, "4294967295", "4294967295"},
             {oids::float4, "1.5", "1.5"},
             {oids::float8, "-1e-300", "-1e-300"},
             {oids::float8, "1e+300", "1e+300"},
             {oids::float8, "-0", "-0"},
             {oids::float8, "NaN", "\"NaN\""},
             {oids::float8, "-Infinity", "\"-Infinity\""},
             {oids::float8, "\\N", "null"},
             {oids::numeric, "0.10", "\"0.10\""},
             {oids::numeric, "\\N", "null"},
             {oids::text, "", "\"\""},
             {oids::text, "\\N", "null"},
             {oids::text, "\\\\N", "\"\\\\N\""},
             {oids::text, "null", "\"null\""},
             {oids::text, "a\"\\b\\f\\n\\r\\t\\v\x01\x7f",
              "\"a\\\"\\u0008\\u000c\\n\\u000d\\t\\u000b\\u0001\x7f\""},
             {oids::bytea, "\\\\x00ff", "\"\\\\x00ff\""},
             {oids::uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
              "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\""},
             {oids::timestamptz, "2026-01-02 03:04:05+00", "\"2026-01-02 03:04:05+00\""},
             {oids::json, "[1,\\r\\n\\t\"\\\\n\"]", "[1,  \t\"\\n\"]"},
             {oids::json, "null", "null"},
             {oids::jsonb, "{\"a\": [1.0, \"\\\\\"\"]}", "{\"a\": [1.0, \"\\\"\"]}"},
             {oids::jsonb, "\\N", "null"},
             // What no server sends does not make the line another object.
             {oids::int4, "", "\"\""},
             {oids::int4, "1,\"b\":2", "\"1,\\\"b\\\":2\""},
             {oids::boolean, "x", "false"}}) {
        EXPECT_EQ(
            write_rows({{"a", one.type}}, {.syntax = row_syntax::json_lines}, one.copied + "\n"),
            "{\"a\":" + one.json + "}\n")
            << one.copied;
    }
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

TEST(RowFormat, JsonNeedsAValueForEachColumn) {
    for (const char* rows : {"a\n", "a\tb\tc\n", "a\tb\nc\n", "\n"}) {
        std::string text;
        const auto format = make_row_format(text_columns(2), {.syntax = row_syntax::json_lines});
        EXPECT_THROW(static_cast<void>(format->append_rows(rows, text)), std::runtime_error);
    }
    std::string text;
    EXPECT_THROW(
        static_cast<void>(
            make_row_format({}, {.syntax = row_syntax::json_lines})->append_rows("a\n", text)),
        std::runtime_error);
}

}  // namespace row_format_test
