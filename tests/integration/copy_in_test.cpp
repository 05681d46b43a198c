// SPDX-License-Identifier: Apache-2.0
// COPY of rows and data into a table.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace copy_in_test {

using namespace std::chrono_literals;
using dsql::conversion_error;
using dsql::copy_format;
using dsql::copy_target;
using dsql::copy_writer;
using dsql::server_error;

class CopyIn : public testing::Test {
protected:
    CopyIn() {
        session_.execute("SET TimeZone = 'UTC'");
        session_.execute("CREATE TEMP TABLE items (id int PRIMARY KEY, name text)");
    }

    [[nodiscard]] int count(const std::string& table = "items") {
        return session_.query_value<int>("SELECT count(*)::int FROM " + table);
    }
    void expect_usable() { EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1); }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

/// Tests that run with both formats.
class CopyInRows : public CopyIn, public testing::WithParamInterface<copy_format> {
protected:
    [[nodiscard]] copy_writer into(const std::string& table,
                                   std::vector<std::string> columns = {}) {
        return session_.copy_in(
            {.table = table, .columns = std::move(columns), .format = GetParam()});
    }
};

INSTANTIATE_TEST_SUITE_P(Formats, CopyInRows,
                         testing::Values(copy_format::text, copy_format::binary),
                         [](const testing::TestParamInfo<copy_format>& format) {
                             return format.param == copy_format::text ? "Text" : "Binary";
                         });

enum class level : std::int16_t { low = 1, high = 2 };

TEST_P(CopyInRows, EveryTypeIsStoredUnchanged) {
    session_.execute(
        "CREATE TEMP TABLE types (a bool, b smallint, c int, d bigint, e real, f float8, g text, "
        "h varchar(20), i char(4), j bytea, k uuid, l date, m time, n timetz, o timestamp, "
        "p timestamptz, q interval, r interval, s numeric, t json, u jsonb, v int[], w text[], "
        "x smallint, y bigint, z timestamptz[])");
    const auto day = std::chrono::sys_days(std::chrono::year(2026) / 2 / 28);
    const std::vector<std::byte> bytes = {std::byte{0}, std::byte{'\t'}, std::byte{'\\'},
                                          std::byte{255}};
    copy_writer copy = into("types");
    copy.row(true, short{-5}, 6, std::int64_t{7}, 0.5F, 1.25, "text", std::string("varying"),
             std::string_view("pad"), bytes,
             dsql::uuid::parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), day,
             std::chrono::hh_mm_ss(13h + 14min + 15s),
             dsql::time_with_time_zone{.time = 1h, .utc_offset = -2h},
             std::chrono::local_days(std::chrono::year(-43) / 3 / 15) + 1s, day + 1us,
             dsql::interval{.months = 14, .days = -3, .time = 4s}, 90min,
             dsql::decimal::parse("-12345678901234567890.120"), dsql::json{R"({"a": "\t"})"},
             dsql::jsonb{R"({"b": [1, null]})"}, std::vector<int>{1, -2},
             std::vector<std::optional<std::string>>{R"(a"b\c)", std::nullopt, ""}, level::high,
             4'000'000'000U, std::vector<std::chrono::sys_time<std::chrono::seconds>>{day});
    EXPECT_EQ(copy.finish(), 1);
    EXPECT_EQ(
        session_.query_value<std::string>("SELECT types::text FROM types"),
        R"x((t,-5,6,7,0.5,1.25,text,varying,"pad ","\\x00095cff",a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,)x"
        R"x(2026-02-28,13:14:15,01:00:00-02,"0044-03-15 00:00:01 BC","2026-02-28 00:00:00.000001+00",)x"
        R"x("1 year 2 mons -3 days +00:00:04",01:30:00,-12345678901234567890.120,"{""a"": ""\\t""}",)x"
        R"x("{""b"": [1, null]}","{1,-2}","{""a\\""b\\\\c"",NULL,""""}",2,4000000000,)x"
        R"x("{""2026-02-28 00:00:00+00""}"))x");
}

TEST_P(CopyInRows, NullsOfEveryKind) {
    session_.execute("CREATE TEMP TABLE nothing (a int, b text, c uuid, d text)");
    copy_writer copy = into("nothing");
    const char* const no_text = nullptr;
    copy.row(nullptr, std::nullopt, std::optional<dsql::uuid>(), no_text);
    copy.row(std::optional<int>(), std::optional<std::string>(), nullptr, std::nullopt);
    EXPECT_EQ(copy.finish(), 2);
    EXPECT_EQ(session_.query_value<int>("SELECT count(*)::int FROM nothing "
                                        "WHERE num_nulls(a, b, c, d) = 4"),
              2);
}

TEST_P(CopyInRows, TextIsStoredWithAnyCharacters) {
    const std::vector<std::string> texts = {"",
                                            "\\N",
                                            "\\.",
                                            "\t",
                                            "\n",
                                            "\r",
                                            "\r\n",
                                            "\\",
                                            "\\",
                                            "a\\nb",
                                            "NULL",
                                            "\b\f\v",
                                            "\x7f\x01",
                                            "\xf0\x9f\x90\x98",
                                            std::string(200'000, '\\'),
                                            "end"};
    copy_writer copy = into("items");
    for (std::size_t i = 0; i < texts.size(); ++i) {
        copy.row(static_cast<int>(i), texts[i]);
    }
    EXPECT_EQ(copy.finish(), static_cast<std::int64_t>(texts.size()));
    EXPECT_EQ(session_.query_all<std::string>("SELECT name FROM items ORDER BY id"), texts);
}

TEST_P(CopyInRows, AggregatesAreRowsInMemberOrder) {
    struct item {
        int number;
        std::optional<std::string> label;
    };
    copy_writer copy = into("items", {"id", "name"});
    copy.row(item{1, "one"});
    const item second{2, std::nullopt};
    copy.row(second);
    EXPECT_EQ(copy.finish(), 2);
    EXPECT_EQ(session_.query_all<std::optional<std::string>>("SELECT name FROM items ORDER BY id"),
              (std::vector<std::optional<std::string>>{"one", std::nullopt}));
}

TEST_P(CopyInRows, ColumnsInAnyOrderWithDefaultsForTheRest) {
    session_.execute("CREATE TEMP TABLE defaults (a int DEFAULT 7, b text, c int)");
    copy_writer copy = into("defaults", {"c", "b"});
    copy.row(1, "x");
    EXPECT_EQ(copy.finish(), 1);
    EXPECT_EQ(session_.query_value<std::string>("SELECT defaults::text FROM defaults"), "(7,x,1)");
}

TEST_P(CopyInRows, AWrongNumberOfValuesIsAnErrorAndTheNextRowWorks) {
    copy_writer copy = into("items", {"id", "name"});
    const std::string message = thrown_message<conversion_error>([&] {
        copy.row(1);
        return 0;
    });
    EXPECT_EQ(message, "a row of 1 values for a COPY of 2 columns");
    EXPECT_THROW(copy.row(1, "one", 1.0), conversion_error);
    copy.row(2, "two");
    EXPECT_EQ(copy.finish(), 1);
}

TEST_P(CopyInRows, AZeroByteIsAnErrorAndTheNextRowWorks) {
    copy_writer copy = into("items", {"id", "name"});
    const std::string message = thrown_message<conversion_error>([&] {
        copy.row(1, std::string("a\0b", 3));
        return 0;
    });
    EXPECT_TRUE(message.starts_with("column \"name\"")) << message;
    EXPECT_NE(message.find("zero byte"), std::string::npos) << message;
    copy.row(2, "two");
    EXPECT_EQ(copy.finish(), 1);
    EXPECT_EQ(session_.query_value<int>("SELECT id FROM items"), 2);
}

TEST_P(CopyInRows, NamesAreQuoted) {
    session_.execute(
        R"(CREATE TABLE IF NOT EXISTS public."Odd ""name"" t" ("Id" int, "a b" text))");
    session_.execute(R"(TRUNCATE public."Odd ""name"" t")");
    copy_writer copy = session_.copy_in({.schema = "public",
                                         .table = "Odd \"name\" t",
                                         .columns = {"Id", "a b"},
                                         .format = GetParam()});
    copy.row(1, "x");
    EXPECT_EQ(copy.finish(), 1);
    EXPECT_EQ(session_.execute(R"(DELETE FROM public."Odd ""name"" t" WHERE "Id" = 1)"), 1);
    session_.execute(R"(DROP TABLE public."Odd ""name"" t")");
}

TEST_P(CopyInRows, AMissingTableIsAServerError) {
    EXPECT_EQ(thrown_message<server_error>([&] { return into("no_such_table"); }).substr(0, 12),
              thrown_message<server_error>([&] {
                  return session_.query("SELECT * FROM no_such_table");
              }).substr(0, 12));
    EXPECT_THROW(static_cast<void>(into("items", {"no_such_column"})), server_error);
    EXPECT_THROW(static_cast<void>(into("")), dsql::config_error);
    EXPECT_THROW(static_cast<void>(into("items", {""})), dsql::config_error);
    expect_usable();
}

TEST_P(CopyInRows, FinishReportsAViolation) {
    copy_writer copy = into("items");
    copy.row(1, "one");
    copy.row(1, "one again");
    try {
        static_cast<void>(copy.finish());
        FAIL() << "it was accepted";
    } catch (const server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "23505");
        EXPECT_NE(failure.query().find("COPY \"items\""), std::string::npos);
        EXPECT_NE(std::string(failure.what()).find("copy_in_test.cpp:"), std::string::npos)
            << failure.what();
    }
    EXPECT_EQ(count(), 0);
}

// The server reports the error in the middle of the COPY. The client reads it only at the end.
TEST_P(CopyInRows, AViolationBeforeManyMoreRows) {
    copy_writer copy = into("items");
    copy.row(1, "one");
    for (int i = 1; i < 200'000; ++i) {
        copy.row(i, "some name that takes its room");
    }
    EXPECT_THROW(static_cast<void>(copy.finish()), server_error);
    EXPECT_EQ(count(), 0);
}

TEST_P(CopyInRows, ManyRows) {
    constexpr int rows = 200'000;
    copy_writer copy = into("items");
    for (int i = 0; i < rows; ++i) {
        copy.row(i, "name " + std::to_string(i));
    }
    EXPECT_EQ(copy.finish(), rows);
    EXPECT_EQ(
        session_.query_value<int>("SELECT count(*)::int FROM items WHERE name = 'name ' || id"),
        rows);
}

TEST_P(CopyInRows, NoRowsAtAll) {
    EXPECT_EQ(into("items").finish(), 0);
    expect_usable();
}

TEST_P(CopyInRows, WithoutFinishNothingIsCopied) {
    {
        copy_writer copy = into("items");
        for (int i = 0; i < 10'000; ++i) {
            copy.row(i, "some name that takes its room");
        }
    }
    EXPECT_TRUE(session_.is_idle());
    EXPECT_EQ(count(), 0);
}

TEST_P(CopyInRows, AnExceptionAbandonsTheCopy) {
    const auto fail_in_the_middle = [&] {
        copy_writer copy = into("items");
        copy.row(1, "one");
        throw std::logic_error("something else");
    };
    EXPECT_THROW(fail_in_the_middle(), std::logic_error);
    EXPECT_EQ(count(), 0);
}

TEST_P(CopyInRows, FinishCanBeCalledOnce) {
    copy_writer copy = into("items");
    copy.row(1, "one");
    EXPECT_EQ(copy.finish(), 1);
    const std::string message = thrown_message<dsql::error>([&] { return copy.finish(); });
    EXPECT_EQ(message, "the COPY is over");
    EXPECT_THROW(copy.row(2, "two"), dsql::error);
    EXPECT_THROW(copy.write("3\tthree\n"), dsql::error);
    EXPECT_EQ(count(), 1);
}

TEST_P(CopyInRows, InATransactionThatIsRolledBack) {
    {
        dsql::transaction transaction = session_.begin();
        copy_writer copy = transaction.copy_in({.table = "items", .format = GetParam()});
        copy.row(1, "one");
        EXPECT_EQ(copy.finish(), 1);
        EXPECT_EQ(transaction.query_value<int>("SELECT count(*)::int FROM items"), 1);
    }
    EXPECT_EQ(count(), 0);
}

TEST_P(CopyInRows, InATransactionThatIsCommitted) {
    dsql::transaction transaction = session_.begin();
    copy_writer copy = transaction.copy_in({.table = "items", .format = GetParam()});
    copy.row(1, "one");
    EXPECT_EQ(copy.finish(), 1);
    transaction.commit();
    EXPECT_EQ(count(), 1);
}

TEST_P(CopyInRows, AnAbandonedCopyFailsItsTransaction) {
    dsql::transaction transaction = session_.begin();
    { copy_writer copy = transaction.copy_in({.table = "items", .format = GetParam()}); }
    EXPECT_THROW(transaction.execute("SELECT 1"), server_error);
    transaction.rollback();
    expect_usable();
}

TEST_P(CopyInRows, NoOtherCallRunsMeanwhile) {
    copy_writer copy = into("items");
    copy.row(1, "one");
    const std::string message =
        thrown_message<dsql::error>([&] { return session_.execute("SELECT 1"); });
    EXPECT_NE(message.find("the connection is occupied by a COPY into a table"), std::string::npos)
        << message;
    EXPECT_THROW(static_cast<void>(into("items")), dsql::error);
    EXPECT_FALSE(session_.is_idle());
    EXPECT_EQ(copy.finish(), 1);
    expect_usable();
}

TEST_P(CopyInRows, IsRejectedWhileAStreamIsOpen) {
    auto rows = session_.stream<int>("SELECT generate_series(1, 1000)");
    const std::string message = thrown_message<dsql::error>([&] { return into("items"); });
    EXPECT_NE(message.find("occupied by a stream of rows"), std::string::npos) << message;
    rows.close();
    EXPECT_EQ(into("items").finish(), 0);
}

TEST_P(CopyInRows, AConnectionClosedMeanwhileIsAnError) {
    copy_writer copy = into("items");
    session_.close();
    copy.row(1, "one");
    EXPECT_THROW(static_cast<void>(copy.finish()), dsql::connection_error);
    EXPECT_THROW(static_cast<void>(copy.finish()), dsql::error);
}

TEST_P(CopyInRows, AWriterCanBeMoved) {
    copy_writer copy = into("items");
    copy.row(1, "one");
    copy_writer moved = std::move(copy);
    moved.row(2, "two");
    EXPECT_EQ(moved.finish(), 2);
}

TEST_F(CopyIn, BinaryConvertsIntegersToTheirColumns) {
    session_.execute("CREATE TEMP TABLE numbers (small smallint, plain int, big bigint)");
    copy_writer copy = session_.copy_in({.table = "numbers", .format = copy_format::binary});
    copy.row(1, 2, 3);
    copy.row(4LL, 5LL, 6LL);
    copy.row(short{7}, short{8}, std::optional<short>(short{9}));
    const std::string message = thrown_message<conversion_error>([&] {
        copy.row(40'000, 1, 1);
        return 0;
    });
    EXPECT_EQ(message, "column \"small\" (smallint) from int: the value 40000 does not fit");
    copy.row(1, std::numeric_limits<int>::min(), std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(copy.finish(), 4);
    EXPECT_EQ(
        session_.query_value<std::string>("SELECT string_agg(numbers::text, ' ') FROM numbers"),
        "(1,2,3) (4,5,6) (7,8,9) (1,-2147483648,9223372036854775807)");
}

TEST_F(CopyIn, BinaryRejectsValuesOfOtherTypes) {
    copy_writer copy = session_.copy_in({.table = "items", .format = copy_format::binary});
    const auto message = [&](auto id, auto name) {
        return thrown_message<conversion_error>([&] {
            copy.row(id, name);
            return 0;
        });
    };
    EXPECT_EQ(message(1.5, "x"),
              "column \"id\" (integer) from double: the value 1.5 is no whole number; round it");
    EXPECT_EQ(message("1", "x"),
              "column \"id\" (integer) from std::string_view: COPY in binary format takes text for "
              "columns of text alone; use the text format");
    EXPECT_EQ(message(true, "x"),
              "column \"id\" (integer) from bool: a value of the type boolean is not sent where "
              "integer stands; use int");
    EXPECT_EQ(message(std::optional<bool>(), "x"), message(true, "x"));
    copy.row(2, 3.5);
    EXPECT_EQ(copy.finish(), 1);
    EXPECT_EQ(session_.query_value<std::string>("SELECT items::text FROM items"), "(2,3.5)");
}

TEST_F(CopyIn, TextIsConvertedByTheServer) {
    copy_writer copy = session_.copy_in({.table = "items"});
    copy.row("12", 1.5);
    EXPECT_EQ(copy.finish(), 1);
    EXPECT_EQ(session_.query_value<std::string>("SELECT items::text FROM items"), "(12,1.5)");
    copy_writer bad = session_.copy_in({.table = "items"});
    bad.row("twelve", "x");
    EXPECT_THROW(static_cast<void>(bad.finish()), server_error);
    EXPECT_EQ(count(), 1);
}

TEST_F(CopyIn, RawData) {
    copy_writer copy = session_.copy_in("COPY items FROM STDIN (FORMAT csv, HEADER)");
    copy.write("id,name\n1,\"a,");
    copy.write("");
    copy.write("b\"\n2,\n");
    EXPECT_EQ(copy.finish(), 2);
    EXPECT_EQ(session_.query_all<std::optional<std::string>>("SELECT name FROM items ORDER BY id"),
              (std::vector<std::optional<std::string>>{"a,b", std::nullopt}));
}

TEST_F(CopyIn, ACustomStatementTakesNoRows) {
    copy_writer copy = session_.copy_in("COPY items FROM STDIN");
    const std::string message = thrown_message<dsql::error>([&] {
        copy.row(1, "one");
        return 0;
    });
    EXPECT_NE(message.find("use write()"), std::string::npos) << message;
    copy.write("1\tone\n");
    EXPECT_EQ(copy.finish(), 1);
}

TEST_F(CopyIn, OtherStatementsAreRejected) {
    for (const char* const sql : {"SELECT 1", "COPY items TO STDOUT"}) {
        dsql::connection session = dsql::connect(endpoint_under_test());
        session.execute("CREATE TEMP TABLE items (id int)");
        const std::string message =
            thrown_message<dsql::error>([&] { return session.copy_in(sql); });
        EXPECT_NE(message.find("is no COPY ... FROM STDIN"), std::string::npos) << message;
    }
    EXPECT_THROW(static_cast<void>(session_.copy_in("COPY nothing FROM STDIN")), server_error);
    expect_usable();
}

// Supplies a text in parts of `piece` bytes.
dsql::copy_reader reader_of(std::string text, std::size_t piece) {
    return [text = std::move(text), at = std::size_t(0), piece](std::span<char> to) mutable {
        const std::string_view next = std::string_view(text).substr(at, std::min(piece, to.size()));
        std::copy(next.begin(), next.end(), to.begin());
        at += next.size();
        return next.size();
    };
}

TEST_F(CopyIn, FromAReader) {
    EXPECT_EQ(session_.copy_in_from({.table = "items"}, reader_of("1\tone\n2\t\\N\n", 1)), 2);
    EXPECT_EQ(session_.copy_in_from("COPY items FROM STDIN (FORMAT csv)",
                                    reader_of("3,three\n4,\n", 1'000)),
              2);
    EXPECT_EQ(session_.copy_in_from({.table = "items"}, reader_of("", 1)), 0);
    EXPECT_EQ(count(), 4);
}

TEST_F(CopyIn, FromAReaderInPartsOfAnySize) {
    std::string lines;
    for (int i = 0; i < 20'000; ++i) {
        lines += std::to_string(i) + "\tname\n";
    }
    int removed = 0;
    for (const std::size_t piece : {7UL, 65'535UL, 65'536UL, 1'000'000UL}) {
        EXPECT_EQ(session_.copy_in_from({.table = "items"}, reader_of(lines, piece)), 20'000);
        removed += static_cast<int>(session_.execute("DELETE FROM items"));
    }
    EXPECT_EQ(removed, 80'000);
}

TEST_F(CopyIn, BinaryDataFromAReader) {
    std::string file;
    session_.execute("INSERT INTO items VALUES (1, 'one'), (2, NULL)");
    session_.copy_out_to({.table = "items", .format = copy_format::binary},
                         [&](std::string_view piece) { file += piece; });
    session_.execute("DELETE FROM items");
    EXPECT_EQ(session_.copy_in_from({.table = "items", .format = copy_format::binary},
                                    reader_of(file, 5)),
              2);
    EXPECT_EQ(count(), 2);
}

TEST_F(CopyIn, AReaderThatThrowsAbandonsTheCopy) {
    int calls = 0;
    const auto read = [&](std::span<char> to) -> std::size_t {
        if (++calls > 1) {
            throw std::logic_error("the file is gone");
        }
        constexpr std::string_view line = "1\tone\n";
        std::copy(line.begin(), line.end(), to.begin());
        return line.size();
    };
    EXPECT_THROW(session_.copy_in_from({.table = "items"}, read), std::logic_error);
    EXPECT_EQ(count(), 0);
}

TEST_F(CopyIn, AReaderThatReturnsTooMuchIsAnError) {
    const std::string message = thrown_message<dsql::error>([&] {
        return session_.copy_in_from({.table = "items"},
                                     [](std::span<char> to) { return to.size() + 1; });
    });
    EXPECT_NE(message.find("more than it was given room for"), std::string::npos) << message;
    EXPECT_EQ(count(), 0);
}

TEST_F(CopyIn, MalformedDataIsReportedAtTheEnd) {
    const auto state = [&](const char* text) -> std::string {
        try {
            session_.copy_in_from({.table = "items"}, reader_of(text, 100));
        } catch (const server_error& failure) {
            return failure.sqlstate();
        }
        return "none";
    };
    EXPECT_EQ(state("x\tone\n"), "22P02");
    EXPECT_EQ(state("1\n"), "22P04");
    EXPECT_EQ(state("1\tone\ttoo much\n"), "22P04");
    EXPECT_EQ(state("1\t\xff\n"), "22021");
    EXPECT_EQ(count(), 0);
}

}  // namespace copy_in_test
