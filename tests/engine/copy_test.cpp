// SPDX-License-Identifier: Apache-2.0
#include <dsql/copy.hpp>
#include <dsql/error.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace copy_test {

namespace fake = fake_libpq;

struct copy_case {
    const char* name;
    fake::items sent;
    std::string failure;  // a part of the error's text
    bool is_open;
};

void PrintTo(const copy_case& one, std::ostream* to) {
    *to << one.name;
}

std::vector<copy_case> cases_in() {
    using namespace fake_libpq;
    const item wanted = of_status(PGRES_COPY_IN);
    return {
        {"copied", {wanted, ok("COPY 2"), end()}, "", true},
        {"slowly",
         {busy(), notice("n"), busy(), wanted, busy(), busy(), ok("COPY 2"), end()},
         "",
         true},
        {"refused_at_once", {error("42P01"), end()}, "42P01", true},
        {"refused_at_its_end", {wanted, error("23505"), end()}, "23505", true},
        {"session_ended", {wanted, fatal("57P01"), cut()}, "57P01", false},
        {"cut_before_data", {cut()}, "broke", false},
        {"cut_at_its_end", {wanted, cut()}, "broke", false},
        {"silent_cut_at_its_end", {wanted, silent_cut()}, "broke", false},
        // The server commits between the result and the end.
        {"cut_after_its_result", {wanted, ok("COPY 2"), cut()}, "broke", false},
        {"silent_cut_after_its_result", {wanted, ok("COPY 2"), silent_cut()}, "broke", false},
        {"other_direction", {of_status(PGRES_COPY_OUT), data("1")}, "is no COPY", false},
        {"both_directions", {of_status(PGRES_COPY_BOTH)}, "is no COPY", false},
        {"no_copy", {ok("INSERT 0 1"), end()}, "is no COPY", false},
        {"rows", {rows({"1"}), end()}, "is no COPY", false},
        {"no_result", {end()}, "without a result", false},
        {"copy_again", {wanted, of_status(PGRES_COPY_IN)}, "COPY cannot be run", false},
    };
}

std::vector<copy_case> cases_out() {
    using namespace fake_libpq;
    const item coming = of_status(PGRES_COPY_OUT);
    return {
        {"copied", {coming, data("1"), data("2"), ok("COPY 2"), end()}, "", true},
        {"slowly",
         {busy(), coming, busy(), data("1"), busy(), data("2"), busy(), ok("COPY 2"), end()},
         "",
         true},
        {"nothing", {coming, ok("COPY 0"), end()}, "", true},
        {"refused_at_once", {error("42P01"), end()}, "42P01", true},
        {"error_in_the_middle", {coming, data("1"), error("22012"), end()}, "22012", true},
        {"session_ended", {coming, data("1"), fatal("57P01"), cut()}, "57P01", false},
        {"cut_in_the_middle", {coming, data("1"), cut()}, "broke", false},
        {"silent_cut_in_the_middle", {coming, data("1"), silent_cut()}, "broke", false},
        {"cut_after_its_result", {coming, data("1"), ok("COPY 1"), cut()}, "broke", false},
        {"other_direction", {of_status(PGRES_COPY_IN)}, "is no COPY", false},
        {"no_copy", {rows({"1"}), end()}, "is no COPY", false},
        {"no_result_at_its_end", {coming, data("1"), end()}, "without a result", false},
    };
}

void check(const copy_case& one, std::string (*copy)(dsql::connection&)) {
    fake::server server;
    {
        dsql::connection connection = engine::connect(server);
        server.raw(one.sent);
        const auto ended = engine::outcome_of([&] { return copy(connection); });
        EXPECT_EQ(ended.is_success(), one.failure.empty()) << ended.text;
        EXPECT_NE(ended.text.find(one.failure), std::string::npos) << ended.text;
        EXPECT_EQ(connection.is_open(), one.is_open) << ended.text;
        EXPECT_EQ(connection.is_idle(), one.is_open);
        const bool is_told = ended.what == engine::outcome::kind::server_error;
        EXPECT_TRUE(ended.is_success() || is_told || ended.may_have_run) << ended.text;
    }
    EXPECT_EQ(engine::uncleanness(server), "");
}

class CopyIn : public testing::TestWithParam<copy_case> {};

TEST_P(CopyIn, EndsAsTheServerSays) {
    check(GetParam(), [](dsql::connection& on) {
        dsql::copy_writer writer = on.copy_in("COPY t FROM STDIN");
        writer.write("1\n2\n");
        EXPECT_EQ(writer.finish(), 2);
        return std::string();
    });
}

INSTANTIATE_TEST_SUITE_P(Orders, CopyIn, testing::ValuesIn(cases_in()),
                         [](const auto& tested) { return std::string(tested.param.name); });

class CopyOut : public testing::TestWithParam<copy_case> {};

TEST_P(CopyOut, EndsAsTheServerSays) {
    check(GetParam(), [](dsql::connection& on) {
        std::string all;
        on.copy_out_to("COPY t TO STDOUT", [&](std::string_view piece) { all += piece; });
        return all;
    });
}

INSTANTIATE_TEST_SUITE_P(Orders, CopyOut, testing::ValuesIn(cases_out()),
                         [](const auto& tested) { return std::string(tested.param.name); });

class CopyUse : public engine::fixture {};

TEST_F(CopyUse, SendsAllDataInOrder) {
    server_.reply({fake::of_status(PGRES_COPY_IN), fake::ok("COPY 3")});
    server_.flushes({0, 1, 1, 0, 1});
    dsql::copy_writer writer = connection().copy_in("COPY t FROM STDIN");
    std::string all;
    for (int i = 0; i < 5; ++i) {
        const std::string piece(50'000, static_cast<char>('a' + i));
        all += piece;
        writer.write(piece);
    }
    EXPECT_EQ(writer.finish(), 3);
    EXPECT_EQ(server_.copied(), all);
    EXPECT_EQ(server_.copy_ends(), std::vector<std::string>{""});
}

TEST_F(CopyUse, OneThatIsLeftIsGivenUp) {
    server_.reply({fake::of_status(PGRES_COPY_IN), fake::ok("COPY 3")});
    {
        dsql::copy_writer writer = connection().copy_in("COPY t FROM STDIN");
        writer.write("1\n");
        EXPECT_FALSE(connection().is_idle());
        EXPECT_THROW(connection().ping(), dsql::error);
    }
    EXPECT_EQ(server_.copy_ends(), std::vector<std::string>{"given up by the client"});
    EXPECT_TRUE(connection().is_idle());
}

TEST_F(CopyUse, IsOverAfterItsEnd) {
    server_.reply({fake::of_status(PGRES_COPY_IN), fake::ok("COPY 0")});
    dsql::copy_writer writer = connection().copy_in("COPY t FROM STDIN");
    EXPECT_EQ(writer.finish(), 0);
    EXPECT_THROW(writer.write("1\n"), dsql::error);
    EXPECT_THROW(static_cast<void>(writer.finish()), dsql::error);
    EXPECT_TRUE(connection().is_idle());
}

TEST_F(CopyUse, AnotherStatementIsNotSent) {
    EXPECT_THROW(static_cast<void>(connection().copy_in("SELECT 1")), dsql::error);
    EXPECT_THROW(static_cast<void>(connection().copy_in("COPY t TO STDOUT")), dsql::error);
    EXPECT_TRUE(server_.log().empty());
    EXPECT_TRUE(connection().is_idle());
}

}  // namespace copy_test
