// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/row_stream.hpp>
#include <dsql/transaction.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace stream_test {

namespace fake = fake_libpq;

// What the server sends, what the program reads, and how the stream ends.
struct stream_case {
    const char* name;
    fake::items sent;
    std::string read;
    std::string failure;  // a part of the error's text
    bool is_open;
};

std::vector<stream_case> cases() {
    using namespace fake_libpq;
    return {
        {"no_rows", {rows(), end()}, "", "", true},
        {"one_piece", {chunk({"1", "2"}), rows(), end()}, "12", "", true},
        {"pieces",
         {chunk({"1"}), busy(), chunk({"2", "3"}), busy(), rows(), end()},
         "123",
         "",
         true},
        {"last_with_rows", {rows({"1", "2"}), end()}, "", "all at once", false},
        {"refused", {error("42P01"), end()}, "", "42P01", true},
        {"error_in_the_middle", {chunk({"1"}), error("22012"), end()}, "1", "22012", true},
        {"notice_in_the_middle",
         {chunk({"1"}), notice("n"), chunk({"2"}), rows(), end()},
         "12",
         "",
         true},
        {"session_ended", {chunk({"1"}), fatal("57P01"), cut()}, "1", "57P01", false},
        {"cut_before_rows", {cut()}, "", "broke", false},
        {"cut_in_the_middle", {chunk({"1"}), cut()}, "1", "broke", false},
        {"silent_cut_in_the_middle", {chunk({"1"}), silent_cut()}, "1", "broke", false},
        {"cut_before_the_end", {chunk({"1"}), rows(), cut()}, "1", "broke", false},
        {"silent_cut_before_the_end", {chunk({"1"}), rows(), silent_cut()}, "1", "broke", false},
        {"copy_in", {of_status(PGRES_COPY_IN)}, "", "COPY cannot be streamed", false},
        {"copy_out", {of_status(PGRES_COPY_OUT), data("1")}, "", "COPY cannot be streamed", false},
        {"no_result", {end()}, "", "broke", false},
        {"no_last_result", {chunk({"1"}), end()}, "1", "broke", false},
    };
}

class Stream : public testing::TestWithParam<stream_case> {};

void PrintTo(const stream_case& one, std::ostream* to) {
    *to << one.name;
}

TEST_P(Stream, IsReadToItsEnd) {
    const stream_case& one = GetParam();
    fake::server server;
    std::string read;
    {
        dsql::connection connection = engine::connect(server);
        server.raw(one.sent);
        const auto ended = engine::outcome_of([&] {
            for (const auto& [value] : connection.stream<std::string>("SELECT 1")) {
                read += value;
            }
            return "";
        });
        EXPECT_EQ(ended.is_success(), one.failure.empty()) << ended.text;
        EXPECT_NE(ended.text.find(one.failure), std::string::npos) << ended.text;
        EXPECT_EQ(connection.is_open(), one.is_open);
        if (one.is_open) {
            EXPECT_TRUE(connection.is_idle());
            EXPECT_EQ(connection.query("SELECT 'next'").value<std::string>(), "default");
        }
    }
    EXPECT_EQ(read, one.read);
    EXPECT_EQ(engine::uncleanness(server), "");
}

TEST_P(Stream, IsLeftAtItsFirstRow) {
    const stream_case& one = GetParam();
    fake::server server;
    {
        dsql::connection connection = engine::connect(server);
        server.raw(one.sent);
        static_cast<void>(engine::outcome_of([&] {
            for (const auto& [value] : connection.stream<std::string>("SELECT 1")) {
                return std::string(value);
            }
            return std::string();
        }));
        EXPECT_EQ(connection.is_open(), one.is_open);
        EXPECT_EQ(connection.is_idle(), one.is_open);
    }
    EXPECT_EQ(engine::uncleanness(server), "");
}

INSTANTIATE_TEST_SUITE_P(Orders, Stream, testing::ValuesIn(cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

class StreamUse : public engine::fixture {};

TEST_F(StreamUse, OccupiesTheConnectionUntilItsEnd) {
    server_.reply({fake::chunk({"1"}), fake::chunk({"2"}), fake::rows()});
    auto stream = connection().stream<std::string>("SELECT 1");
    EXPECT_FALSE(connection().is_idle());
    EXPECT_THROW(connection().ping(), dsql::error);
    EXPECT_THROW(static_cast<void>(connection().stream<std::string>("SELECT 2")), dsql::error);
    EXPECT_TRUE(connection().is_open());
    for (const auto& row : stream) {
        static_cast<void>(row);
    }
    EXPECT_TRUE(connection().is_idle());
    connection().ping();
}

TEST_F(StreamUse, IsTooLongToBeReadOn) {
    fake::items much;
    for (int i = 0; i < 5; ++i) {
        much.push_back(fake::chunk({std::string(400'000, 'x')}));
    }
    much.push_back(fake::rows());
    server_.reply(much);
    {
        auto left = connection().stream<std::string>("SELECT 1");
        EXPECT_NE(left.begin(), left.end());
    }
    EXPECT_FALSE(connection().is_open());
}

TEST_F(StreamUse, OutlivesItsConnection) {
    server_.reply({fake::chunk({"1"}), fake::chunk({"2"}), fake::rows()});
    auto stream = connection().stream<std::string>("SELECT 1");
    { const dsql::connection gone = std::move(connection()); }
    std::string read;
    for (const auto& [value] : stream) {
        read += value;
    }
    EXPECT_EQ(read, "12");
}

// If the result mode of the stream stayed set, the next statement's rows would arrive in pieces.
TEST_F(StreamUse, ABatchAfterItHasWholeResults) {
    server_.reply({fake::chunk({"1"}), fake::rows()});
    for (const auto& row : connection().stream<std::string>("SELECT 1")) {
        static_cast<void>(row);
    }
    EXPECT_EQ(server_.resets_of_result_mode(), 1U);
}

}  // namespace stream_test
