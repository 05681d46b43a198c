// SPDX-License-Identifier: Apache-2.0
// COPY of rows and data out of a table.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace copy_out_test {

using dsql::conversion_error;
using dsql::copy_format;
using dsql::server_error;

static_assert(std::ranges::input_range<dsql::copy_rows<int, std::string_view>>);

struct item {
    std::optional<std::string> name{};
    int id{};
};

void ignore(std::string_view /*piece*/) {}

class CopyOut : public testing::Test {
protected:
    CopyOut() { session_.execute("CREATE TEMP TABLE items (id int, name text)"); }

    void fill(int rows) {
        session_.execute("INSERT INTO items SELECT n, 'name ' || n FROM generate_series(1, $1) n",
                         rows);
    }
    // 100 MB, far more than the library reads to the end when a COPY is abandoned.
    void fill_with_very_much() {
        session_.execute(
            "INSERT INTO items SELECT n, repeat('x', 1000) FROM generate_series(1, 100000) n");
    }
    void expect_usable() { EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1); }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(CopyOut, RowsAsTuplesWithViews) {
    fill(10'000);
    int expected = 0;
    for (const auto& [id, name] : session_.copy_out<int, std::string_view>({.table = "items"})) {
        ++expected;
        ASSERT_EQ(id, expected);
        ASSERT_EQ(name, "name " + std::to_string(expected));
    }
    EXPECT_EQ(expected, 10'000);
    expect_usable();
}

TEST_F(CopyOut, TheFormatDoesNotMatterForRows) {
    fill(3);
    for (const auto format : {copy_format::text, copy_format::binary}) {
        int sum = 0;
        for (const auto& [id] :
             session_.copy_out<int>({.table = "items", .columns = {"id"}, .format = format})) {
            sum += id;
        }
        EXPECT_EQ(sum, 6);
    }
}

TEST_F(CopyOut, AggregatesAreReadByName) {
    session_.execute("INSERT INTO items VALUES (1, 'one'), (2, NULL), (3, '')");
    std::vector<std::optional<std::string>> names;
    int expected = 0;
    for (const item& each : session_.copy_out<item>({.table = "items"})) {
        EXPECT_EQ(each.id, ++expected);
        names.push_back(each.name);
    }
    EXPECT_EQ(names, (std::vector<std::optional<std::string>>{"one", std::nullopt, ""}));
}

TEST_F(CopyOut, MismatchedColumnsAreAnErrorEvenWithoutRows) {
    EXPECT_THROW(static_cast<void>(session_.copy_out<int>({.table = "items"})), conversion_error);
    const std::string message = thrown_message<conversion_error>(
        [&] { return session_.copy_out<int, int>({.table = "items"}); });
    EXPECT_EQ(message,
              "column \"name\" (text) as int: that SQL type is not read as this C++ type; cast it "
              "in the statement");
    EXPECT_THROW(static_cast<void>(session_.copy_out<item>({.table = "items", .columns = {"id"}})),
                 conversion_error);
    expect_usable();
}

TEST_F(CopyOut, ANullIsAnErrorOfItsRow) {
    session_.execute("INSERT INTO items VALUES (1, 'one'), (2, NULL), (3, 'three')");
    auto rows = session_.copy_out<int, std::string>({.table = "items"});
    int read = 0;
    int refused = 0;
    for (auto row = rows.begin(); row != rows.end(); ++row) {
        try {
            static_cast<void>(*row);
            ++read;
        } catch (const conversion_error&) {
            ++refused;
        }
    }
    EXPECT_EQ(read, 2);
    EXPECT_EQ(refused, 1);
    expect_usable();
}

TEST_F(CopyOut, AnEmptyTable) {
    for (const item& each : session_.copy_out<item>({.table = "items"})) {
        ADD_FAILURE() << each.id;
    }
    std::string data;
    EXPECT_EQ(session_.copy_out_to({.table = "items"}, [&](auto piece) { data += piece; }), 0);
    EXPECT_EQ(data, "");
    expect_usable();
}

TEST_F(CopyOut, TextToASink) {
    session_.execute(R"(INSERT INTO items VALUES (1, E'a\tb\\'), (2, NULL))");
    std::string data;
    EXPECT_EQ(session_.copy_out_to({.table = "items"}, [&](auto piece) { data += piece; }), 2);
    EXPECT_EQ(data, "1\ta\\tb\\\\\n2\t\\N\n");
    expect_usable();
}

TEST_F(CopyOut, BinaryToASink) {
    session_.execute("INSERT INTO items VALUES (1, NULL)");
    std::string data;
    EXPECT_EQ(session_.copy_out_to({.table = "items", .format = copy_format::binary},
                                   [&](auto piece) { data += piece; }),
              1);
    EXPECT_TRUE(data.starts_with("PGCOPY\n"));
    EXPECT_EQ(data.size(), 19U + 2 + 8 + 4 + 2);
}

TEST_F(CopyOut, ACustomStatement) {
    fill(3);
    std::string data;
    EXPECT_EQ(session_.copy_out_to("COPY (SELECT id FROM items WHERE id > 1 ORDER BY id DESC) "
                                   "TO STDOUT (FORMAT csv, HEADER)",
                                   [&](auto piece) { data += piece; }),
              2);
    EXPECT_EQ(data, "id\n3\n2\n");
}

TEST_F(CopyOut, OtherStatementsAreRejected) {
    const std::string message =
        thrown_message<dsql::error>([&] { return session_.copy_out_to("SELECT 1", ignore); });
    EXPECT_NE(message.find("is no COPY ... TO STDOUT"), std::string::npos) << message;
    expect_usable();
}

TEST_F(CopyOut, AMissingTableIsAServerError) {
    EXPECT_THROW(static_cast<void>(session_.copy_out<int>({.table = "no_such_table"})),
                 server_error);
    EXPECT_THROW(session_.copy_out_to({.table = "no_such_table"}, ignore), server_error);
    expect_usable();
}

TEST_F(CopyOut, AServerErrorInTheMiddleIsReported) {
    int pieces = 0;
    try {
        session_.copy_out_to(
            "COPY (SELECT 100 / (5000 - n) FROM generate_series(1, 10000) n) TO STDOUT",
            [&](std::string_view) { ++pieces; });
        FAIL() << "nothing was thrown";
    } catch (const server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "22012");
        EXPECT_NE(std::string(failure.what()).find("copy_out_test.cpp:"), std::string::npos)
            << failure.what();
    }
    EXPECT_EQ(pieces, 4'999);
    expect_usable();
}

TEST_F(CopyOut, ASinkThatThrowsNearTheEnd) {
    fill(100);
    EXPECT_THROW(session_.copy_out_to({.table = "items"},
                                      [](std::string_view) { throw std::logic_error("full"); }),
                 std::logic_error);
    EXPECT_TRUE(session_.is_idle());
    expect_usable();
}

TEST_F(CopyOut, ASinkThatThrowsFarFromTheEnd) {
    fill_with_very_much();
    EXPECT_THROW(session_.copy_out_to({.table = "items"},
                                      [](std::string_view) { throw std::logic_error("full"); }),
                 std::logic_error);
    EXPECT_FALSE(session_.is_open());
}

TEST_F(CopyOut, AbandonedNearTheEndTheConnectionStaysUsable) {
    fill(1'000);
    for (const auto& [id, name] : session_.copy_out<int, std::string>({.table = "items"})) {
        EXPECT_EQ(id, 1);
        break;
    }
    EXPECT_TRUE(session_.is_idle());
    expect_usable();
}

TEST_F(CopyOut, AbandonedFarFromTheEndTheConnectionIsClosed) {
    fill_with_very_much();
    for (const auto& [id, name] : session_.copy_out<int, std::string>({.table = "items"})) {
        EXPECT_EQ(id, 1);
        break;
    }
    EXPECT_FALSE(session_.is_open());
}

TEST_F(CopyOut, AbandonedBeforeTheFirstRow) {
    fill(1'000);
    static_cast<void>(session_.copy_out<int, std::string>({.table = "items"}));
    expect_usable();
}

TEST_F(CopyOut, LargeValues) {
    session_.execute("INSERT INTO items VALUES (1, repeat('x', 10000000))");
    for (const auto& [id, name] : session_.copy_out<int, std::string_view>({.table = "items"})) {
        EXPECT_EQ(name.size(), 10'000'000U);
    }
    expect_usable();
}

TEST_F(CopyOut, NoOtherCallRunsMeanwhile) {
    fill(10);
    int rows = 0;
    for (const auto& row : session_.copy_out<int, std::string>({.table = "items"})) {
        static_cast<void>(row);
        ++rows;
        const std::string message =
            thrown_message<dsql::error>([&] { return session_.execute("SELECT 1"); });
        EXPECT_NE(message.find("the connection is occupied by a COPY out of a table"),
                  std::string::npos)
            << message;
    }
    EXPECT_EQ(rows, 10);
    expect_usable();
}

TEST_F(CopyOut, IsRejectedWhileAStreamIsOpen) {
    auto rows = session_.stream<int>("SELECT generate_series(1, 1000)");
    EXPECT_NE(thrown_message<dsql::error>([&] {
                  return session_.copy_out_to({.table = "items"}, ignore);
              }).find("occupied by a stream of rows"),
              std::string::npos);
    EXPECT_THROW(static_cast<void>(session_.copy_out<int, std::string>({.table = "items"})),
                 dsql::error);
    rows.close();
    expect_usable();
}

TEST_F(CopyOut, InATransaction) {
    dsql::transaction transaction = session_.begin();
    transaction.execute("INSERT INTO items VALUES (1, 'uncommitted')");
    for (const auto& [id, name] : transaction.copy_out<int, std::string>({.table = "items"})) {
        EXPECT_EQ(name, "uncommitted");
    }
    EXPECT_NO_THROW(transaction.commit());
}

TEST_F(CopyOut, AConnectionClosedMeanwhileIsAnError) {
    fill_with_very_much();
    auto rows = session_.copy_out<int, std::string>({.table = "items"});
    auto row = rows.begin();
    session_.close();
    constexpr int most_rows_at_hand = 64;  // that had arrived
    const auto read_on = [&] {
        for (int taken = 0; taken < most_rows_at_hand; ++taken) {
            ++row;
        }
    };
    EXPECT_THROW(read_on(), dsql::connection_error);
    EXPECT_TRUE(row == rows.end());
}

TEST_F(CopyOut, GeneratedColumnsAreNamed) {
    session_.execute(
        "CREATE TEMP TABLE doubled (id int, twice int GENERATED ALWAYS AS (id * 2) STORED)");
    dsql::copy_writer copy =
        session_.copy_in({.table = "doubled", .columns = {"id"}, .format = copy_format::binary});
    copy.row(4);
    EXPECT_EQ(copy.finish(), 1);
    for (const auto& [id] : session_.copy_out<int>({.table = "doubled", .columns = {"id"}})) {
        EXPECT_EQ(id, 4);
    }
    EXPECT_EQ(session_.query_value<int>("SELECT twice FROM doubled"), 8);
}

}  // namespace copy_out_test
