// SPDX-License-Identifier: Apache-2.0
// Every C++ type in a column of every type, on every path into the server: each path stores the
// same value, or each reports an error.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace type_table_test {

enum class size : short { small = 1, large = 2 };
enum class color { red, green };
struct user_name {
    std::string text;
};
struct user_id {
    std::int64_t number;
};

}  // namespace type_table_test

template <>
inline constexpr std::array<std::pair<type_table_test::color, std::string_view>, 2>
    dsql::enum_labels<type_table_test::color> = {
        {{type_table_test::color::red, "red"}, {type_table_test::color::green, "green"}}};

template <>
struct dsql::codec<type_table_test::user_name>
    : dsql::codec_through<type_table_test::user_name, std::string> {
    static const std::string& to_base(const type_table_test::user_name& name) { return name.text; }
    static type_table_test::user_name from_base(std::string text) { return {std::move(text)}; }
};

template <>
struct dsql::codec<type_table_test::user_id>
    : dsql::codec_through<type_table_test::user_id, std::int64_t> {
    static std::int64_t to_base(const type_table_test::user_id& id) { return id.number; }
    static type_table_test::user_id from_base(std::int64_t number) { return {number}; }
};

namespace type_table_test {

using namespace std::chrono_literals;
using dsql::decimal;
using dsql::interval;

enum class path {
    unprepared,
    list,
    batch,
    transaction,
    prepared,
    prepared_list,
    copy_text,
    copy_binary
};
constexpr const char* path_names[] = {"unprepared",  "parameters", "batch",
                                      "transaction", "prepared",   "prepared, parameters",
                                      "COPY text",   "COPY binary"};
constexpr std::size_t path_count = std::size(path_names);

const std::vector<std::string> column_types = {"boolean",
                                               "smallint",
                                               "integer",
                                               "bigint",
                                               "real",
                                               "double precision",
                                               "numeric",
                                               "numeric(6,1)",
                                               "text",
                                               "varchar",
                                               "varchar(3)",
                                               "char(8)",
                                               "name",
                                               "\"char\"",
                                               "bytea",
                                               "date",
                                               "time",
                                               "timetz",
                                               "timestamp",
                                               "timestamptz",
                                               "interval",
                                               "uuid",
                                               "json",
                                               "jsonb",
                                               "oid",
                                               "xml",
                                               "money",
                                               "inet",
                                               "bit(8)",
                                               "int4range",
                                               "pg_temp.shade",
                                               "pg_temp.whole",
                                               "pg_temp.words",
                                               "pg_temp.nested",
                                               "boolean[]",
                                               "smallint[]",
                                               "integer[]",
                                               "bigint[]",
                                               "real[]",
                                               "double precision[]",
                                               "numeric[]",
                                               "text[]",
                                               "varchar[]",
                                               "bytea[]",
                                               "date[]",
                                               "time[]",
                                               "timestamp[]",
                                               "timestamptz[]",
                                               "interval[]",
                                               "uuid[]",
                                               "json[]",
                                               "jsonb[]",
                                               "oid[]",
                                               "xml[]",
                                               "pg_temp.shade[]"};

// One connection for each path, so that what one has asked the server is not known to another.
class session_of_path {
public:
    explicit session_of_path(path way, std::span<const std::string> settings) : way_(way) {
        for (const std::string& each : settings) {
            session_.execute(each);
        }
        session_.execute("CREATE TYPE pg_temp.shade AS ENUM ('red', 'green')");
        session_.execute("CREATE DOMAIN pg_temp.whole AS integer");
        session_.execute("CREATE DOMAIN pg_temp.words AS text");
        session_.execute("CREATE DOMAIN pg_temp.nested AS pg_temp.whole");
        std::string columns;
        for (std::size_t i = 0; i < column_types.size(); ++i) {
            columns += (i == 0 ? "" : ", ") + name_of(i) + " " + column_types[i];
        }
        session_.execute("CREATE TEMP TABLE cells (" + columns + ")");
    }

    // The schema that other sessions have changed is a conflict to the next statement of this one.
    void settle() {
        dsql::retry([this] { static_cast<void>(session_.query_value<int>("SELECT 1")); });
    }

    // What is stored, as PostgreSQL shows it, or why not.
    template <class T>
    std::string stored(std::size_t column, const T& value) {
        try {
            store(column, value);
        } catch (const dsql::conversion_error& failure) {
            return std::string("! ") + failure.what();
        } catch (const dsql::server_error& failure) {
            return std::string("! ") + std::string(failure.sqlstate()) + " " + failure.what();
        }
        return "= " + session_
                          .query_value<std::optional<std::string>>("DELETE FROM cells RETURNING " +
                                                                   name_of(column) + "::text")
                          .value_or("NULL");
    }

private:
    static std::string name_of(std::size_t column) { return "c" + std::to_string(column); }

    template <class T>
    void store(std::size_t column, const T& value) {
        const std::string insert = "INSERT INTO cells (" + name_of(column) + ") VALUES ($1)";
        switch (way_) {
            case path::unprepared:
                session_.execute(insert, value);
                return;
            case path::list:
                session_.execute(insert, dsql::parameters(value));
                return;
            case path::batch:
                static_cast<void>(session_.run(dsql::batch().add(insert, value)));
                return;
            case path::transaction: {
                dsql::transaction running = session_.begin();
                running.execute(insert, value);
                running.commit();
                return;
            }
            case path::prepared:
                session_.execute(session_.prepare(insert), value);
                return;
            case path::prepared_list:
                session_.execute(session_.prepare(insert), dsql::parameters(value));
                return;
            default: {
                dsql::copy_writer copy = session_.copy_in(
                    {.table = "cells",
                     .columns = {name_of(column)},
                     .format = way_ == path::copy_text ? dsql::copy_format::text
                                                       : dsql::copy_format::binary});
                copy.row(value);
                static_cast<void>(copy.finish());
            }
        }
    }

    path way_;
    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

class table {
public:
    explicit table(std::span<const std::string> settings) {
        for (std::size_t i = 0; i < path_count; ++i) {
            sessions_.emplace_back(static_cast<path>(i), settings);
        }
        for (session_of_path& each : sessions_) {
            each.settle();
        }
    }

    template <class T>
    void add(const std::string& name, const T& value) {
        for (std::size_t column = 0; column < column_types.size(); ++column) {
            std::array<std::string, path_count> found;
            for (std::size_t i = 0; i < path_count; ++i) {
                found[i] = sessions_[i].stored(column, value);
            }
            check(name, column_types[column], found);
        }
    }

    int cells = 0;
    int disagreeing = 0;
    std::ostringstream report{};

private:
    void check(const std::string& name, const std::string& column,
               const std::array<std::string, path_count>& found) {
        const auto outcome = [](const std::string& cell) {
            return cell[0] == '=' ? cell : std::string("!");
        };
        cells += static_cast<int>(path_count);
        bool agrees = true;
        for (std::size_t i = 1; i < path_count; ++i) {
            agrees = agrees && outcome(found[i]) == outcome(found[0]);
        }
        if (agrees) {
            return;
        }
        std::map<std::string, std::string> by_outcome;
        for (std::size_t i = 0; i < path_count; ++i) {
            std::string& ways = by_outcome[found[i].substr(0, found[i].find('\n')).substr(0, 60)];
            ways += (ways.empty() ? "" : ", ") + std::string(path_names[i]);
            disagreeing += outcome(found[i]) == outcome(found[0]) ? 0 : 1;
        }
        report << name << " into " << column << "\n";
        for (const auto& [what, ways] : by_outcome) {
            report << "    " << what << "   <- " << ways << "\n";
        }
    }

    std::vector<session_of_path> sessions_;
};

std::vector<std::byte> bytes(std::string_view text) {
    const auto all = std::as_bytes(std::span(text));
    return {all.begin(), all.end()};
}

void add_numbers(table& all) {
    all.add("bool", true);
    all.add("signed char -7", static_cast<signed char>(-7));
    all.add("unsigned char 200", static_cast<unsigned char>(200));
    all.add("short 7", static_cast<short>(7));
    all.add("unsigned short 65535", static_cast<unsigned short>(65'535));
    all.add("int 4711", 4711);
    all.add("int 20240102", 20'240'102);
    all.add("int -1", -1);
    all.add("unsigned 4294967295", 4'294'967'295U);
    all.add("long 1", 1L);
    all.add("long long 9007199254740993", 9'007'199'254'740'993LL);
    all.add("unsigned long 7", 7UL);
    all.add("unsigned long long 2^63", 9'223'372'036'854'775'808ULL);
    all.add("float 0.1", 0.1F);
    all.add("float 1e10", 1e10F);
    all.add("double 0.1", 0.1);
    all.add("double 7", 7.0);
    all.add("double 1e22", 1e22);
    all.add("double 1e-7", 1e-7);
    all.add("double 100000", 100'000.0);
    all.add("double 1e300", 1e300);
    all.add("double NaN", std::nan(""));
    all.add("double -inf", -std::numeric_limits<double>::infinity());
    all.add("decimal 7.50", decimal::parse("7.50"));
    all.add("decimal 7", decimal(7));
    all.add("decimal 32 digits", decimal::parse("12345678901234567890123456789012"));
    all.add("decimal NaN", decimal::parse("NaN"));
    all.add("decimal 0.1", decimal::parse("0.1"));
    all.add("enum", size::large);
    all.add("user_id", user_id{5});
}

void add_text_and_bytes(table& all) {
    all.add("std::string 42", std::string("42"));
    all.add("std::string red", std::string("red"));
    all.add("std::string_view {}", std::string_view("{}"));
    all.add("const char* 2024-01-02", "2024-01-02");
    all.add("user_name 42", user_name{"42"});
    all.add("user_name uuid", user_name{"01234567-89ab-cdef-0123-456789abcdef"});
    all.add("labelled enum", color::green);
    all.add("std::vector<std::byte> ab", bytes("ab"));
    const auto raw = bytes("{}");
    all.add("std::span<const std::byte>", std::span<const std::byte>(raw));
    all.add("dsql::uuid", dsql::uuid::parse("01234567-89ab-cdef-0123-456789abcdef"));
    all.add("dsql::json", dsql::json{R"({"b":1, "a":[2]})"});
    all.add("dsql::jsonb", dsql::jsonb{R"({"b":1, "a":[2]})"});
    all.add("dsql::jsonb 7", dsql::jsonb{"7"});
}

void add_times(table& all) {
    const auto day = std::chrono::sys_days(2024y / 1 / 2);
    all.add("sys_days", day);
    all.add("local_days", std::chrono::local_days(2024y / 1 / 2));
    all.add("year_month_day", 2024y / std::chrono::January / 2);
    all.add("sys_time", day + 3h + 4min + 5s);
    all.add("local_time", std::chrono::local_days(2024y / 1 / 2) + 3h + 250ms);
    all.add("hh_mm_ss", std::chrono::hh_mm_ss(3h + 30min));
    all.add("time_with_time_zone", dsql::time_with_time_zone{.time = 3h, .utc_offset = 2h});
    all.add("dsql::interval", interval{.months = 14, .days = -3, .time = 4h + 5s});
    all.add("dsql::interval 1 day", interval{.months = 0, .days = 1, .time = 0s});
    all.add("dsql::interval 1h", interval{.months = 0, .days = 0, .time = 1h});
    all.add("90min", 90min);
    all.add("24h", 24h);
    all.add("25h", 25h);
    all.add("-1h", -1h);
    all.add("1500ms", 1500ms);
}

void add_arrays(table& all) {
    all.add("vector<bool>", std::vector<bool>{true, false});
    all.add("vector<int>", std::vector<int>{1, -2});
    all.add("vector<optional<int>>", std::vector<std::optional<int>>{1, std::nullopt});
    all.add("vector<int> {}", std::vector<int>{});
    all.add("vector<long long>", std::vector<long long>{9'007'199'254'740'993});
    all.add("vector<double>", std::vector<double>{100'000, -2});
    all.add("vector<float>", std::vector<float>{0.1F});
    all.add("vector<decimal>", std::vector<decimal>{decimal::parse("7.50")});
    all.add("vector<std::string> 42", std::vector<std::string>{"42"});
    all.add("vector<user_name> red", std::vector<user_name>{{"red"}});
    all.add("vector<vector<byte>>", std::vector<std::vector<std::byte>>{bytes("ab")});
    all.add("vector<uuid>", std::vector<dsql::uuid>{dsql::uuid()});
    all.add("vector<json>", std::vector<dsql::json>{{R"({"a":1})"}});
    all.add("vector<jsonb>", std::vector<dsql::jsonb>{{R"({"a":1})"}});
    const auto day = std::chrono::sys_days(2024y / 1 / 2);
    all.add("vector<sys_days>", std::vector{day});
    all.add("vector<sys_time>", std::vector{day + 3h});
    all.add("vector<local_time>", std::vector{std::chrono::local_days(2024y / 1 / 2) + 3h});
    all.add("vector<hh_mm_ss>", std::vector{std::chrono::hh_mm_ss(3h)});
    all.add("vector<hours> 25", std::vector{25h});
    all.add("vector<minutes> 90", std::vector{90min});
    all.add("vector<interval>", std::vector{interval{.months = 14, .days = -3, .time = 4h}});
}

void run(std::span<const std::string> settings) {
    table all(settings);
    add_numbers(all);
    add_text_and_bytes(all);
    add_times(all);
    add_arrays(all);
    EXPECT_EQ(all.disagreeing, 0) << all.report.str() << all.disagreeing << " of " << all.cells;
}

TEST(TypeTable, AllPathsAgree) {
    run({});
}

TEST(TypeTable, AllPathsAgreeWhateverTheSessionsSettings) {
    const std::string settings[] = {"SET TIME ZONE 'America/New_York'",
                                    "SET DateStyle = 'SQL, DMY'",
                                    "SET IntervalStyle = 'sql_standard'",
                                    "SET extra_float_digits = 0", "SET bytea_output = 'escape'"};
    run(settings);
}

}  // namespace type_table_test
