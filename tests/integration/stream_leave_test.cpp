// SPDX-License-Identifier: Apache-2.0
// When a stream or COPY is abandoned early, the connection is kept if at most 1 MiB of the result
// remains. This does not depend on the size of the rows or on how many have been read.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

namespace stream_leave_test {

using namespace std::chrono_literals;

constexpr std::size_t most_bytes = 1'048'576;
struct shape {
    std::size_t row_bytes;   // of its one value
    std::size_t read;        // how many rows are read before the stream is abandoned
    std::size_t rest_bytes;  // how many bytes remain after these rows

    std::size_t overhead;      // the bytes that the protocol message of a row adds
    std::size_t most_at_hand;  // rows that have arrived already do not count as remaining

    [[nodiscard]] std::size_t sent_bytes() const { return row_bytes + overhead; }
    [[nodiscard]] std::size_t rest() const { return rest_bytes / sent_bytes(); }
    [[nodiscard]] std::string query() const {
        return "SELECT repeat('x', " + std::to_string(row_bytes) + ") FROM generate_series(1, " +
               std::to_string(read + rest()) + ")";
    }
    // Empty when the result depends on how the rows are divided into chunks.
    [[nodiscard]] std::optional<bool> is_kept() const {
        if (rest() * sent_bytes() <= most_bytes) {
            return true;
        }
        return rest() > most_at_hand && (rest() - most_at_hand) * sent_bytes() > most_bytes
                   ? std::optional(false)
                   : std::nullopt;
    }
    [[nodiscard]] std::string description() const {
        return std::to_string(read) + " rows of " + std::to_string(row_bytes) +
               " bytes were read, and " + std::to_string(rest() * sent_bytes()) +
               " bytes were left";
    }
};

constexpr std::size_t data_row = 11;  // the overhead of a DataRow message with one column
constexpr std::size_t copy_data = 6;  // the overhead of a CopyData message with a line feed
constexpr std::size_t most_of_a_chunk = 7;
constexpr std::size_t most_copied_at_once = 63;

void leave_stream(dsql::connection& session, const shape& of) {
    std::size_t read = 0;
    for (const auto& [text] : session.stream<std::string_view>(of.query())) {
        ASSERT_EQ(text.size(), of.row_bytes);
        if (++read == of.read) {
            break;
        }
    }
    ASSERT_EQ(read, of.read);
}

struct enough : std::runtime_error {
    enough() : std::runtime_error("enough") {}
};

void leave_copy(dsql::connection& session, const shape& of) {
    std::size_t read = 0;
    EXPECT_THROW(session.copy_out_to("COPY (" + of.query() + ") TO STDOUT",
                                     [&](std::string_view) {
                                         if (++read == of.read) {
                                             throw enough();
                                         }
                                     }),
                 enough);
}

void expect_kept_or_closed(dsql::connection& session, const shape& of) {
    if (of.is_kept()) {
        EXPECT_EQ(session.is_idle(), *of.is_kept()) << of.description();
    }
    if (session.is_open()) {
        EXPECT_EQ(session.query_value<int>("SELECT 1"), 1) << of.description();
    }
}

class StreamLeave
    : public testing::TestWithParam<std::tuple<std::size_t, std::size_t, std::size_t>> {};

TEST_P(StreamLeave, KeepsTheConnectionIfLittleRemains) {
    const auto [row_bytes, read, rest_bytes] = GetParam();
    const shape streamed{row_bytes, read, rest_bytes, data_row, most_of_a_chunk};
    const shape copied{row_bytes, read, rest_bytes, copy_data, most_copied_at_once};
    dsql::connection streaming = dsql::connect(endpoint_under_test());
    leave_stream(streaming, streamed);
    expect_kept_or_closed(streaming, streamed);
    dsql::connection copying = dsql::connect(endpoint_under_test());
    leave_copy(copying, copied);
    expect_kept_or_closed(copying, copied);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, StreamLeave,
    testing::Combine(testing::Values(10, 1'000, 5'000, 60'000), testing::Values(1, 7, 8, 9, 300),
                     testing::Values(0, 400'000, 1'000'000, 1'150'000, 3'000'000)));

TEST(StreamLeaveInTransact, TheNextStatementRuns) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 1});
    const int after = dsql::transact(pool, [](dsql::transaction& tx) {
        for (const auto& [text] :
             tx.stream<std::string_view>("SELECT repeat('x', 5000) FROM generate_series(1, 200)")) {
            EXPECT_EQ(text.size(), 5'000U);
            break;
        }
        return tx.query_value<int>("SELECT 42");
    });
    EXPECT_EQ(after, 42);
}

// The 21st row never arrives. PostgreSQL sends a row of more than 8 KiB at once.
TEST(StreamStart, TheFirstRowsAreHandedOutWhileTheQueryRuns) {
    dsql::connection session = dsql::connect(endpoint_under_test());
    auto rows =
        session.stream<std::string_view>(dsql::within{30s},
                                         "SELECT repeat('x', 10000) FROM generate_series(1, 100) n "
                                         "WHERE n <= 20 OR pg_sleep(3600) IS NOT NULL");
    auto row = rows.begin();
    for (int i = 0; i < 8; ++i, ++row) {
        EXPECT_EQ(std::get<0>(*row).size(), 10'000U);
    }
}

}  // namespace stream_leave_test
