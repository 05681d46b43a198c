// SPDX-License-Identifier: Apache-2.0
// Stores every C++ type in a column of every SQL type, by every way to send values. All ways must
// store the same value, or all must report an error.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <span>
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

// In the first four, only the server knows the type of the parameter.
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
constexpr std::size_t first_that_knows = static_cast<std::size_t>(path::prepared);
constexpr std::size_t copy_binary = static_cast<std::size_t>(path::copy_binary);

// The columns of the table in docs/types.md, and others.
const std::vector<std::string> documented_types = {
    "boolean", "smallint", "integer", "bigint",    "real",        "double precision",
    "numeric", "text",     "bytea",   "date",      "time",        "timetz",
    "uuid",    "json",     "jsonb",   "timestamp", "timestamptz", "interval"};
const std::vector<std::string> other_types = {"numeric(6,1)",
                                              "varchar",
                                              "varchar(3)",
                                              "char(8)",
                                              "name",
                                              "\"char\"",
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
                                              "pg_temp.shade[]"};

// The name of the family of types that are sent as text.
const std::string text = "text";
const std::string labels = "labels";
// The name of the family of arrays.
const std::string arrays = "arrays";

bool is_bytes(const std::string& type) {
    return type.starts_with("bytea");
}
// Whether the binary form of a type is its text.
bool is_text(const std::string& type) {
    for (const std::string_view each : {"text", "varchar", "varchar(3)", "char(8)", "name", "json",
                                        "jsonb", "xml", "pg_temp.words"}) {
        if (type == each) {
            return true;
        }
    }
    return false;
}

// Each path has a separate connection, so that none can use types that another has requested from
// the server.
class session_of_path {
public:
    session_of_path(path way, std::span<const std::string> types,
                    std::span<const std::string> settings)
        : way_(way) {
        for (const std::string& each : settings) {
            session_.execute(each);
        }
        session_.execute("CREATE TYPE pg_temp.shade AS ENUM ('red', 'green')");
        session_.execute("CREATE DOMAIN pg_temp.whole AS integer");
        session_.execute("CREATE DOMAIN pg_temp.words AS text");
        session_.execute("CREATE DOMAIN pg_temp.nested AS pg_temp.whole");
        std::string columns;
        for (std::size_t i = 0; i < types.size(); ++i) {
            columns += (i == 0 ? "" : ", ") + name_of(i) + " " + types[i];
        }
        session_.execute("CREATE TEMP TABLE cells (" + columns + ")");
    }

    // Consumes the conflict error that a schema change of other sessions causes in the next
    // transaction of this session.
    void settle() {
        dsql::retry([this] { session_.execute("DELETE FROM cells"); });
    }

    // Returns the stored value as PostgreSQL shows it, or the error.
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
                // The COPY is finished in both cases, because abandoning it may close a slow
                // connection.
                try {
                    copy.row(value);
                } catch (const dsql::conversion_error&) {
                    static_cast<void>(copy.finish());
                    throw;
                }
                static_cast<void>(copy.finish());
            }
        }
    }

    path way_;
    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

// The outcome for each path: "= " and the stored value, or "! " and the error.
using cell = std::array<std::string, path_count>;

std::string outcome(const std::string& found) {
    return found[0] == '=' ? found : "!";
}

// Whether all paths agree, apart from the exceptions in docs/types.md: text is not sent for a
// parameter that is known to be bytea, numbers are not sent for a known type that the library does
// not write, and binary COPY sends text to columns of text types only.
bool agree(const std::string& family, const std::string& type, const cell& found) {
    const bool as_text = family == text || family == labels;
    const bool is_label = family == labels && type == "pg_temp.shade";
    const bool is_refused_where_known = as_text ? is_bytes(type) : type == "money";
    for (std::size_t i = 0; i < path_count; ++i) {
        const bool knows = i >= first_that_knows;
        const bool is_refused = (knows && is_refused_where_known) ||
                                (i == copy_binary && as_text && !is_text(type) && !is_label);
        if (outcome(found[i]) != (is_refused ? "!" : outcome(found[0]))) {
            return false;
        }
    }
    return true;
}

class table {
public:
    table(std::span<const std::string> types, std::span<const std::string> settings)
        : types_(types.begin(), types.end()) {
        for (std::size_t i = 0; i < path_count; ++i) {
            sessions_.emplace_back(static_cast<path>(i), types, settings);
        }
        for (session_of_path& each : sessions_) {
            each.settle();
        }
    }

    // `family` is the row of the table in the document.
    template <class T>
    void add(const std::string& family, const std::string& name, const T& value) {
        for (std::size_t column = 0; column < types_.size(); ++column) {
            if (!matters(family, types_[column])) {
                continue;
            }
            cell found;
            for (std::size_t i = 0; i < path_count; ++i) {
                found[i] = sessions_[i].stored(column, value);
            }
            cells_ += path_count;
            if (!agree(family, types_[column], found)) {
                report(name, types_[column], found);
            }
            (found[0][0] == '=' ? stored_ : refused_).insert({family, types_[column]});
        }
    }

    void expect_agreement() const { EXPECT_EQ(disagreements_, "") << "of " << cells_ << " cells"; }

    // "yes", "if it fits" or "-".
    [[nodiscard]] std::string verdict(const std::string& family, const std::string& type) const {
        const bool is_stored = stored_.contains({family, type});
        const bool is_refused = refused_.contains({family, type});
        return is_stored ? (is_refused ? "if it fits" : "yes") : "-";
    }

private:
    // False for most combinations of a single value and an array, of which a few are enough.
    static bool matters(const std::string& family, const std::string& type) {
        if (type.ends_with("[]")) {
            return family == arrays || type == "integer[]" || type == "text[]";
        }
        return family != arrays || type == "integer" || type == "text" || type == "json" ||
               type == "bytea";
    }

    void report(const std::string& name, const std::string& type, const cell& found) {
        std::map<std::string, std::string> paths;
        for (std::size_t i = 0; i < path_count; ++i) {
            std::string& ways = paths[found[i].substr(0, found[i].find('\n')).substr(0, 60)];
            ways += (ways.empty() ? "" : ", ") + std::string(path_names[i]);
        }
        disagreements_ += name + " into " + type + "\n";
        for (const auto& [what, ways] : paths) {
            disagreements_ += "    " + what + "   <- " + ways + "\n";
        }
    }

    std::vector<std::string> types_;
    std::vector<session_of_path> sessions_{};
    std::set<std::pair<std::string, std::string>> stored_{};
    std::set<std::pair<std::string, std::string>> refused_{};
    std::size_t cells_ = 0;
    std::string disagreements_{};
};

std::vector<std::byte> bytes(std::string_view of) {
    const auto all = std::as_bytes(std::span(of));
    return {all.begin(), all.end()};
}

void add_numbers(table& all) {
    all.add("bool", "bool", true);
    all.add("integers", "signed char -7", static_cast<signed char>(-7));
    all.add("integers", "unsigned char 200", static_cast<unsigned char>(200));
    all.add("integers", "short 7", static_cast<short>(7));
    all.add("integers", "unsigned short 65535", static_cast<unsigned short>(65'535));
    all.add("integers", "int 4711", 4711);
    all.add("integers", "int 20240102", 20'240'102);
    all.add("integers", "int -1", -1);
    all.add("integers", "unsigned 4294967295", 4'294'967'295U);
    all.add("integers", "long 1", 1L);
    all.add("integers", "long long 9007199254740993", 9'007'199'254'740'993LL);
    all.add("integers", "unsigned long 7", 7UL);
    all.add("beyond bigint", "unsigned long long 2^63", 9'223'372'036'854'775'808ULL);
    all.add("float, double", "float 0.1", 0.1F);
    all.add("float, double", "float 1e10", 1e10F);
    all.add("float, double", "double 0.1", 0.1);
    all.add("float, double", "double 7", 7.0);
    all.add("float, double", "double 1e22", 1e22);
    all.add("float, double", "double 1e-7", 1e-7);
    all.add("float, double", "double 100000", 100'000.0);
    all.add("float, double", "double 1e300", 1e300);
    all.add("float, double", "double NaN", std::nan(""));
    all.add("float, double", "double -inf", -std::numeric_limits<double>::infinity());
    all.add("dsql::decimal", "decimal 7.50", decimal::parse("7.50"));
    all.add("dsql::decimal", "decimal 7", decimal(7));
    all.add("dsql::decimal", "decimal 32 digits",
            decimal::parse("12345678901234567890123456789012"));
    all.add("dsql::decimal", "decimal NaN", decimal::parse("NaN"));
    all.add("dsql::decimal", "decimal 0.1", decimal::parse("0.1"));
    all.add("integers", "enum", size::large);
    all.add("integers", "user_id", user_id{5});
}

void add_text_and_bytes(table& all) {
    all.add(text, "std::string 42", std::string("42"));
    all.add(text, "std::string red", std::string("red"));
    all.add(text, "std::string_view {}", std::string_view("{}"));
    all.add(text, "const char* 2024-01-02", "2024-01-02");
    all.add(text, "user_name 42", user_name{"42"});
    all.add(text, "user_name uuid", user_name{"01234567-89ab-cdef-0123-456789abcdef"});
    all.add(labels, "labelled enum", color::green);
    all.add("bytes", "std::vector<std::byte> ab", bytes("ab"));
    const auto raw = bytes("{}");
    all.add("bytes", "std::span<const std::byte>", std::span<const std::byte>(raw));
    all.add("dsql::uuid", "dsql::uuid", dsql::uuid::parse("01234567-89ab-cdef-0123-456789abcdef"));
    all.add("dsql::json", "dsql::json", dsql::json{R"({"b":1, "a":[2]})"});
    all.add("dsql::jsonb", "dsql::jsonb", dsql::jsonb{R"({"b":1, "a":[2]})"});
    all.add("dsql::jsonb", "dsql::jsonb 7", dsql::jsonb{"7"});
}

void add_times(table& all) {
    const auto day = std::chrono::sys_days(2024y / 1 / 2);
    all.add("dates", "sys_days", day);
    all.add("dates", "local_days", std::chrono::local_days(2024y / 1 / 2));
    all.add("dates", "year_month_day", 2024y / std::chrono::January / 2);
    all.add("sys_time", "sys_time", day + 3h + 4min + 5s);
    all.add("local_time", "local_time", std::chrono::local_days(2024y / 1 / 2) + 3h + 250ms);
    all.add("hh_mm_ss", "hh_mm_ss", std::chrono::hh_mm_ss(3h + 30min));
    all.add("time_with_time_zone", "time_with_time_zone",
            dsql::time_with_time_zone{.time = 3h, .utc_offset = 2h});
    all.add("intervals", "dsql::interval", interval{.months = 14, .days = -3, .time = 4h + 5s});
    all.add("intervals", "dsql::interval 1 day", interval{.months = 0, .days = 1, .time = 0s});
    all.add("intervals", "dsql::interval 1h", interval{.months = 0, .days = 0, .time = 1h});
    all.add("intervals", "90min", 90min);
    all.add("intervals", "24h", 24h);
    all.add("intervals", "25h", 25h);
    all.add("intervals", "-1h", -1h);
    all.add("intervals", "1500ms", 1500ms);
}

void add_arrays(table& all) {
    all.add(arrays, "vector<bool>", std::vector<bool>{true, false});
    all.add(arrays, "vector<int>", std::vector<int>{1, -2});
    all.add(arrays, "vector<optional<int>>", std::vector<std::optional<int>>{1, std::nullopt});
    all.add(arrays, "vector<int> {}", std::vector<int>{});
    all.add(arrays, "vector<long long>", std::vector<long long>{9'007'199'254'740'993});
    all.add(arrays, "vector<double>", std::vector<double>{100'000, -2});
    all.add(arrays, "vector<float>", std::vector<float>{0.1F});
    all.add(arrays, "vector<decimal>", std::vector<decimal>{decimal::parse("7.50")});
    all.add(arrays, "vector<std::string> 42", std::vector<std::string>{"42"});
    all.add(arrays, "vector<user_name> red", std::vector<user_name>{{"red"}});
    all.add(arrays, "vector<vector<byte>>", std::vector<std::vector<std::byte>>{bytes("ab")});
    all.add(arrays, "vector<uuid>", std::vector<dsql::uuid>{dsql::uuid()});
    all.add(arrays, "vector<json>", std::vector<dsql::json>{{R"({"a":1})"}});
    all.add(arrays, "vector<jsonb>", std::vector<dsql::jsonb>{{R"({"a":1})"}});
    const auto day = std::chrono::sys_days(2024y / 1 / 2);
    all.add(arrays, "vector<sys_days>", std::vector{day});
    all.add(arrays, "vector<sys_time>", std::vector{day + 3h});
    all.add(arrays, "vector<local_time>", std::vector{std::chrono::local_days(2024y / 1 / 2) + 3h});
    all.add(arrays, "vector<hh_mm_ss>", std::vector{std::chrono::hh_mm_ss(3h)});
    all.add(arrays, "vector<hours> 25", std::vector{25h});
    all.add(arrays, "vector<minutes> 90", std::vector{90min});
    all.add(arrays, "vector<interval>",
            std::vector{interval{.months = 14, .days = -3, .time = 4h}});
}

void add_all(table& all) {
    add_numbers(all);
    add_text_and_bytes(all);
    add_times(all);
    add_arrays(all);
}

// The table of docs/types.md. A row is a family of C++ types, a column is a group of PostgreSQL
// types.
std::string document(const table& all) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"bool", "`bool`"},
        {"integers", "integers, enums"},
        {"float, double", "`float`, `double`"},
        {"dsql::decimal", "`dsql::decimal`"},
        {"bytes", "bytes"},
        {"dsql::uuid", "`dsql::uuid`"},
        {"dsql::json", "`dsql::json`"},
        {"dsql::jsonb", "`dsql::jsonb`"},
        {"dates", "`sys_days`, `local_days`, `year_month_day`"},
        {"sys_time", "`sys_time`"},
        {"local_time", "`local_time`"},
        {"hh_mm_ss", "`hh_mm_ss`"},
        {"time_with_time_zone", "`dsql::time_with_time_zone`"},
        {"intervals", "`dsql::interval`, `duration`"}};
    std::string head = "| |";
    std::string rule = "|---|";
    for (const std::string& type : documented_types) {
        head += " " + type + " |";
        rule += "---|";
    }
    std::string lines = head + "\n" + rule + "\n";
    for (const auto& [family, label] : rows) {
        lines += "| " + label + " |";
        for (const std::string& type : documented_types) {
            lines += " " + all.verdict(family, type) + " |";
        }
        lines += "\n";
    }
    return lines;
}

std::string whole_file(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The types that the document does not list. All of them take minutes, so each run tests a few
// random ones. DSQL_TEST_ALL_TYPES tests all of them. A run with a sanitizer tests none, because
// each statement takes ten times as long.
std::vector<std::string> some_other_types() {
    if (DSQL_SANITIZED != 0) {
        return {};
    }
    if (std::getenv("DSQL_TEST_ALL_TYPES") != nullptr) {
        return other_types;
    }
    constexpr std::size_t count = 5;
    std::vector<std::string> some;
    std::sample(other_types.begin(), other_types.end(), std::back_inserter(some), count,
                std::mt19937_64(random_seed()));
    return some;
}

TEST(TypeTable, AllPathsAgreeWithEachOtherAndTheDocument) {
    std::vector<std::string> types = documented_types;
    const std::vector<std::string> others = some_other_types();
    types.insert(types.end(), others.begin(), others.end());
    table all(types, {});
    add_all(all);
    all.expect_agreement();
    const std::string expected = document(all);
    EXPECT_TRUE(whole_file(DSQL_TYPES_DOCUMENT).find(expected) != std::string::npos)
        << "docs/types.md has not this table:\n"
        << expected;
}

TEST(TypeTable, AllPathsAgreeForAnySessionSettings) {
    const std::string settings[] = {"SET TIME ZONE 'America/New_York'",
                                    "SET DateStyle = 'SQL, DMY'",
                                    "SET IntervalStyle = 'sql_standard'",
                                    "SET extra_float_digits = 0", "SET bytea_output = 'escape'"};
    const std::string types[] = {"text",        "varchar",  "name", "text[]", "json",
                                 "numeric",     "date",     "time", "timetz", "timestamp",
                                 "timestamptz", "interval", "bytea"};
    table all(types, settings);
    add_all(all);
    all.expect_agreement();
}

}  // namespace type_table_test
