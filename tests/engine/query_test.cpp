// SPDX-License-Identifier: Apache-2.0
// One statement, which is sent in parts and whose results are read as they arrive.
#include <dsql/error.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/io/operation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace query_test {

namespace fake = fake_libpq;
using dsql::pg::query_operation;
using dsql::pg::wait_for;

class Query : public engine::fixture {
protected:
    // Returns what each step of a query waits for, until it is done.
    std::vector<wait_for> waits_of(fake::items reply, std::vector<int> flushes = {}) {
        server_.reply(std::move(reply));
        server_.flushes(std::move(flushes));
        const dsql::pg::owned_handle handle(server_.open());
        EXPECT_EQ(PQsendQuery(handle.get(), "SELECT 1"), 1);
        query_operation work(handle.get());
        std::vector<wait_for> waits;
        do {
            waits.push_back(work.step());
        } while (waits.back() != wait_for::done && waits.size() < 100);
        return waits;
    }
};

constexpr wait_for reads = wait_for::readable;
constexpr wait_for both = wait_for::readable_or_writable;
constexpr wait_for done = wait_for::done;

TEST_F(Query, WaitsForTheResultOnceItIsSent) {
    EXPECT_EQ(waits_of({fake::rows()}), (std::vector{reads, done}));
}

TEST_F(Query, WaitsForBothWhileNotAllIsSent) {
    EXPECT_EQ(waits_of({fake::rows()}, {1, 1, 1, 0}), (std::vector{both, both, both, reads, done}));
}

TEST_F(Query, ReadsWhatComesWhileItIsSent) {
    EXPECT_EQ(waits_of({fake::busy(), fake::busy(), fake::error("54000")}, {1, 1, 0}),
              (std::vector{both, both, reads, done}));
}

TEST_F(Query, WaitsAgainAsLongAsNothingIsComplete) {
    EXPECT_EQ(waits_of({fake::busy(), fake::busy(), fake::busy(), fake::rows()}),
              (std::vector{reads, reads, reads, done}));
}

TEST_F(Query, DoesNotWaitForWhatTlsHasAlready) {
    EXPECT_EQ(waits_of({fake::busy(), fake::in_tls(fake::busy()), fake::in_tls(fake::rows())}),
              (std::vector{reads, done}));
}

TEST_F(Query, ReadsTheReasonAfterAFailedFlush) {
    server_.flushes({-1});
    const auto ended =
        engine::outcome_of([&] { return connection(engine::unprepared()).query("SELECT 1"), ""; });
    EXPECT_EQ(ended.what, engine::outcome::kind::connection_error);
    EXPECT_NE(ended.text.find("server closed the connection unexpectedly"), std::string::npos)
        << ended.text;
    EXPECT_TRUE(ended.may_have_run);
}

TEST_F(Query, TheFirstErrorIsTheCause) {
    server_.reply({fake::error("22012"), fake::error("25P02"), fake::lost()});
    const auto ended =
        engine::outcome_of([&] { return connection(engine::unprepared()).query("SELECT 1"), ""; });
    EXPECT_EQ(ended.sqlstate, "22012");
    EXPECT_FALSE(ended.may_have_run);
}

// Outside a transaction, the server commits between the result of a statement and the end.
TEST_F(Query, AResultWithoutTheEndIsNoSuccess) {
    for (const bool is_reported : {true, false}) {
        fake::server faked;
        {
            dsql::connection connection = engine::connect(faked, engine::unprepared());
            faked.reply({fake::ok("INSERT 0 1"), is_reported ? fake::cut() : fake::silent_cut()});
            const auto ended = engine::outcome_of(
                [&] { return connection.execute("INSERT INTO t VALUES (1)"), ""; });
            EXPECT_EQ(ended.what, engine::outcome::kind::connection_error);
            EXPECT_TRUE(ended.may_have_run);
            EXPECT_FALSE(connection.is_open());
        }
        EXPECT_EQ(engine::uncleanness(faked), "");
    }
}

TEST_F(Query, ASessionThatTheServerEndsIsClosed) {
    server_.reply({fake::fatal("57P01")});
    const auto ended =
        engine::outcome_of([&] { return connection(engine::unprepared()).query("SELECT 1"), ""; });
    EXPECT_EQ(ended.sqlstate, "57P01");
    EXPECT_TRUE(ended.connection_lost);
    EXPECT_FALSE(connection().is_open());
}

TEST_F(Query, NoticesInBetweenReachTheHandlerInOrder) {
    std::vector<std::string> heard;
    server_.reply({fake::notice("one"), fake::busy(), fake::notice("two"), fake::rows({"mine"}),
                   fake::notice("three")});
    dsql::session_options options = engine::unprepared();
    options.on_notice = [&](const dsql::server_error_fields& notice) {
        heard.push_back(notice.message);
    };
    EXPECT_EQ(connection(options).query("SELECT 1").value<std::string>(), "mine");
    EXPECT_EQ(heard, (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(Query, ANoticeHandlerMayCloseTheConnection) {
    dsql::session_options options = engine::unprepared();
    options.on_notice = [&](const dsql::server_error_fields&) {
        connection().close();
    };
    server_.reply({fake::notice("close"), fake::busy(), fake::rows({"mine"})});
    static_cast<void>(
        engine::outcome_of([&] { return connection(options).query("SELECT 1"), ""; }));
    EXPECT_FALSE(connection().is_open());
    EXPECT_THROW(connection().ping(), dsql::connection_error);
}

}  // namespace query_test
