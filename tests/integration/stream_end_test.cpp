// SPDX-License-Identifier: Apache-2.0
// How a stream ends before its last row, and which calls are allowed until then.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace stream_end_test {

using dsql::connection;
using dsql::conversion_error;
using dsql::server_error;

static_assert(std::ranges::input_range<dsql::row_stream<int, std::string_view>>);

constexpr const char* thousand = "SELECT generate_series(1, 1000)";
// 100 MB, far more than the library reads to the end when a stream is abandoned.
constexpr const char* very_much = "SELECT repeat('x', 1000) FROM generate_series(1, 100000)";
constexpr const char* fails_in_the_middle =
    "SELECT 100 / (5000 - n) FROM generate_series(1, 10000) n";

template <class Stream>
int count_of(Stream&& rows) {
    int count = 0;
    for (const auto& row : rows) {
        static_cast<void>(row);
        ++count;
    }
    return count;
}

class StreamEnd : public testing::Test {
protected:
    void expect_usable() { EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1); }

    connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(StreamEnd, MismatchedColumnsAreAnErrorEachTime) {
    struct numbered {
        int id;
        int other;
    };
    EXPECT_THROW(count_of(session_.stream<int, int>(thousand)), conversion_error);
    EXPECT_THROW(count_of(session_.stream<numbered>(thousand)), conversion_error);
    auto rows = session_.stream<bool>(thousand);
    EXPECT_THROW(static_cast<void>(rows.begin()), conversion_error);
    EXPECT_THROW(static_cast<void>(rows.begin()), conversion_error);
    rows.close();
    expect_usable();
}

TEST_F(StreamEnd, AStatementWithoutRowsHasNoColumns) {
    dsql::transaction inside = session_.begin();
    EXPECT_THROW(count_of(inside.stream<int>("CREATE TEMP TABLE nothing (id int)")),
                 conversion_error);
    inside.rollback();
    expect_usable();
}

// Abandoning a stream can cancel its statement. Outside a transaction, the caller would not learn
// that its writes are lost.
TEST_F(StreamEnd, WritesAreRejectedOutsideATransaction) {
    session_.execute("CREATE TEMP TABLE kept (id int)");
    const std::string writing[] = {
        "INSERT INTO kept SELECT generate_series(1, 100000) RETURNING repeat('x', 1000)",
        "/* all */ update kept SET id = 1 RETURNING 1",
        "WITH gone AS (DELETE FROM kept RETURNING *) SELECT * FROM gone"};
    for (const std::string& sql : writing) {
        const std::string message =
            thrown_message<dsql::error>([&] { count_of(session_.stream<std::string>(sql)); });
        EXPECT_NE(message.find("not streamed outside a transaction"), std::string::npos) << message;
        const dsql::statement prepared = session_.prepare(sql);
        EXPECT_THROW(count_of(session_.stream<std::string>(prepared)), dsql::error);
        expect_usable();
    }
    EXPECT_THROW(session_.copy_out_to("COPY (INSERT INTO kept VALUES (1) RETURNING id) TO STDOUT",
                                      [](std::string_view) {}),
                 dsql::error);
    EXPECT_EQ(session_.query_value<long>("SELECT count(*) FROM kept"), 0);
    // In a transaction, the whole transaction is lost, and its commit reports that.
    dsql::transaction inside = session_.begin();
    for (const auto& [text] : inside.stream<std::string>(writing[0])) {
        EXPECT_EQ(text.size(), 1000U);
        break;
    }
    EXPECT_THROW(inside.commit(), dsql::error);
}

TEST_F(StreamEnd, AnErrorBeforeTheFirstRowComesFromBegin) {
    auto rows = session_.stream<int>("SELECT 1 / $1", 0);
    EXPECT_THROW(static_cast<void>(rows.begin()), server_error);
    const std::string message = thrown_message<dsql::error>([&] { return count_of(rows); });
    EXPECT_NE(message.find("the stream has ended with an error"), std::string::npos) << message;
    expect_usable();
}

TEST_F(StreamEnd, AfterAnErrorThereAreNoRows) {
    auto rows = session_.stream<int>(fails_in_the_middle);
    auto row = rows.begin();
    int count = 0;
    EXPECT_THROW(
        for (; row != rows.end(); ++row) { ++count; }, server_error);
    EXPECT_LT(count, 5'000);
    EXPECT_TRUE(row == rows.end());
    EXPECT_THROW(++row, dsql::error);
    EXPECT_TRUE(row == rows.end());
    expect_usable();
}

TEST_F(StreamEnd, AnErrorHasTheSourceLocationOfTheStream) {
    auto rows = session_.stream<int>(fails_in_the_middle);
    const std::string message = thrown_message<server_error>([&] { return count_of(rows); });
    EXPECT_NE(message.find(fails_in_the_middle), std::string::npos) << message;
    EXPECT_NE(message.find("stream_end_test.cpp:"), std::string::npos) << message;
}

TEST_F(StreamEnd, AValueThatDoesNotFitIsAnErrorOfItsRow) {
    auto rows =
        session_.stream<int>("SELECT nullif(n, 300) AS number FROM generate_series(1, 1000) n");
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
    EXPECT_EQ(read, 999);
    EXPECT_EQ(refused, 1);
    expect_usable();
}

TEST_F(StreamEnd, AbandonedBeforeTheFirstRowTheConnectionStaysUsable) {
    { const auto rows = session_.stream<int>(thousand); }
    EXPECT_TRUE(session_.is_idle());
    expect_usable();
}

TEST_F(StreamEnd, AfterCloseThereAreNoRows) {
    auto rows = session_.stream<std::string_view>(very_much);
    auto row = rows.begin();
    EXPECT_EQ(std::get<0>(*row).size(), 1'000U);
    rows.close();
    EXPECT_TRUE(row == rows.end());
    EXPECT_EQ(count_of(rows), 0);
    expect_usable();
}

TEST_F(StreamEnd, CloseBeforeTheFirstRow) {
    auto rows = session_.stream<int>(thousand);
    rows.close();
    expect_usable();
    EXPECT_EQ(count_of(rows), 0);
}

TEST_F(StreamEnd, CloseThrowsAnErrorOfTheRemainingRows) {
    auto rows = session_.stream<int>(fails_in_the_middle);
    EXPECT_THROW(rows.close(), server_error);
    rows.close();
    expect_usable();
}

TEST_F(StreamEnd, NoOtherCallRunsMeanwhile) {
    const dsql::statement prepared = session_.prepare("SELECT 1");
    dsql::batch batch;
    batch.add("SELECT 1");
    const std::vector<std::pair<const char*, std::function<void()>>> calls = {
        {"query",
         [&] {
             session_.query("SELECT 1");
         }},
        {"prepared",
         [&] {
             session_.query(prepared);
         }},
        {"prepare",
         [&] {
             static_cast<void>(session_.prepare("SELECT 2"));
         }},
        {"deallocate",
         [&] {
             session_.deallocate(prepared);
         }},
        {"batch",
         [&] {
             static_cast<void>(session_.run(batch));
         }},
        {"begin",
         [&] {
             static_cast<void>(session_.begin());
         }},
        {"stream",
         [&] {
             static_cast<void>(session_.stream<int>("SELECT 1"));
         }},
        {"copy_in",
         [&] {
             static_cast<void>(session_.copy_in("COPY t FROM STDIN"));
         }},
        {"copy_out",
         [&] {
             static_cast<void>(session_.copy_out<int>({.table = "t"}));
         }},
        {"copy_out_to", [&] {
             session_.copy_out_to("COPY t TO STDOUT", [](auto) {});
         }}};

    auto rows = session_.stream<int>(thousand);
    for (const auto& one : calls) {
        const std::string message = thrown_message<dsql::error>([&] {
            one.second();
            return 0;
        });
        EXPECT_NE(message.find("the connection is occupied by a stream of rows"), std::string::npos)
            << one.first << ": " << message;
    }
    EXPECT_EQ(count_of(rows), 1'000) << "the stream is none the worse";
    expect_usable();
}

TEST_F(StreamEnd, ATransactionCannotCommitMeanwhile) {
    dsql::transaction transaction = session_.begin();
    auto rows = transaction.stream<int>(thousand);
    static_cast<void>(rows.begin());
    EXPECT_THROW(transaction.commit(), dsql::error);
    rows.close();
    EXPECT_NO_THROW(transaction.commit());
}

TEST_F(StreamEnd, AConnectionCanBeMovedMeanwhile) {
    auto rows = session_.stream<int>(thousand);
    static_cast<void>(rows.begin());
    connection moved = std::move(session_);
    EXPECT_EQ(count_of(rows), 1'000);
    EXPECT_EQ(moved.query_value<int>("SELECT 1"), 1);
}

TEST_F(StreamEnd, AConnectionClosedMeanwhileIsAnError) {
    auto rows = session_.stream<std::string_view>(very_much);
    static_cast<void>(rows.begin());
    session_.close();
    EXPECT_THROW(count_of(rows), dsql::connection_error);
    EXPECT_THROW(count_of(rows), dsql::error);
}

}  // namespace stream_end_test
