// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stream_test {

// Set by CMake, because compilers have no common macro for it.
constexpr bool sanitized = DSQL_SANITIZED;

long peak_kibibytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

class Stream : public testing::Test {
protected:
    std::int64_t sum_of(const std::string& sql) {
        std::int64_t sum = 0;
        for (const auto& [number] : session_.stream<int>(sql)) {
            sum += number;
        }
        return sum;
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Stream, RowsAreInOrderAcrossChunks) {
    int expected = 0;
    for (const auto& [number, text] : session_.stream<int, std::string_view>(
             "SELECT n, 'row ' || n FROM generate_series(1, $1::int) n", 1000)) {
        ++expected;
        ASSERT_EQ(number, expected);
        ASSERT_EQ(text, "row " + std::to_string(expected));
    }
    EXPECT_EQ(expected, 1000);
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_F(Stream, AggregatesAndPreparedStatements) {
    struct pair {
        int a;
        std::optional<int> b;
    };
    const dsql::statement prepared =
        session_.prepare("SELECT NULL::int AS b, n::int AS a FROM generate_series(1, $1) n");
    int sum = 0;
    for (const pair& one : session_.stream<pair>(prepared, 3)) {
        sum += one.a + one.b.value_or(0);
    }
    EXPECT_EQ(sum, 6);
}

TEST_F(Stream, TypesAreCheckedEvenWithoutRows) {
    EXPECT_EQ(sum_of("SELECT 1 WHERE false"), 0);
    EXPECT_THROW(sum_of("SELECT 'x' WHERE false"), dsql::conversion_error);
    EXPECT_EQ(sum_of("SELECT 1"), 1);
}

TEST_F(Stream, AnErrorInTheMiddleComesAfterTheRowsBeforeIt) {
    int walked = 0;
    try {
        for (const auto& [number] :
             session_.stream<int>("SELECT 1 / (5000 - n) FROM generate_series(1, 10000) n")) {
            walked += 1 + 0 * number;
        }
        FAIL() << "no error";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "22012");
    }
    EXPECT_GT(walked, 4000);
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_F(Stream, AbandonedNearTheEndTheConnectionStaysUsable) {
    for (const auto& [number] : session_.stream<int>("SELECT n FROM generate_series(1, 1000) n")) {
        if (number == 10) {
            break;
        }
    }
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_F(Stream, AbandonedFarFromTheEndTheConnectionIsReplaced) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 1});
    {
        const dsql::pooled_connection session = pool.acquire();
        for (const auto& [text] : session->stream<std::string_view>(
                 "SELECT repeat('x', 1000) FROM generate_series(1, 100000)")) {
            EXPECT_EQ(text.size(), 1000U);
            break;
        }
        EXPECT_FALSE(session->is_open());
    }
    EXPECT_EQ(pool.query_value<int>("SELECT 1"), 1);
}

TEST_F(Stream, CloseReadsToTheEnd) {
    auto stream = session_.stream<std::string_view>(
        "SELECT repeat('x', 1000) FROM generate_series(1, 10000)");
    static_cast<void>(stream.begin());
    stream.close();
    stream.close();
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_F(Stream, NoOtherCallRunsMeanwhile) {
    auto stream = session_.stream<int>("SELECT n FROM generate_series(1, 10) n");
    EXPECT_FALSE(session_.is_idle());
    try {
        session_.execute("SELECT 1");
        FAIL() << "it was run";
    } catch (const dsql::error& failure) {
        EXPECT_NE(std::string(failure.what()).find("occupied by a stream of rows"),
                  std::string::npos);
    }
    EXPECT_THROW(static_cast<void>(session_.copy_in("COPY t FROM STDIN")), dsql::error);
    int rows = 0;
    for (const auto& [number] : stream) {
        rows += number > 0 ? 1 : 0;
    }
    EXPECT_EQ(rows, 10);
    EXPECT_TRUE(session_.is_idle());
}

TEST_F(Stream, InATransactionItCanBeAbandoned) {
    session_.execute("CREATE TEMP TABLE left_early (n int)");
    dsql::transaction transaction = session_.begin();
    transaction.execute("INSERT INTO left_early VALUES (1)");
    for (const auto& [number] : transaction.stream<int>("SELECT n FROM left_early")) {
        EXPECT_EQ(number, 1);
        break;
    }
    transaction.commit();
    EXPECT_EQ(session_.query_value<long>("SELECT count(*) FROM left_early"), 1);
}

TEST_F(Stream, AValueThatDoesNotFitEndsTheIterationAndNotTheConnection) {
    EXPECT_THROW(
        {
            for (const auto& [number] :
                 session_.stream<short>("SELECT n FROM generate_series(32760, 32770) n")) {
                static_cast<void>(number);
            }
        },
        dsql::conversion_error);
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_F(Stream, ACopyIsRejected) {
    EXPECT_THROW(sum_of("COPY (SELECT 1) TO STDOUT"), dsql::error);
    EXPECT_FALSE(session_.is_open());
}

TEST_F(Stream, TenMillionRowsTakeNoMoreMemoryThanAThousand) {
    constexpr int many = sanitized ? 200'000 : 10'000'000;
    const std::string rows = "SELECT n FROM generate_series(1, ";
    static_cast<void>(sum_of(rows + "1000) n"));
    const long before = peak_kibibytes();
    EXPECT_EQ(sum_of(rows + std::to_string(many) + ") n"),
              std::int64_t{many} * (std::int64_t{many} + 1) / 2);
    if (!sanitized) {
        EXPECT_LT(peak_kibibytes() - before, 8 * 1024);
    }
}

}  // namespace stream_test
