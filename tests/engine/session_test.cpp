// SPDX-License-Identifier: Apache-2.0
// Which statements a session prepares, what it does when they are stale, and how transactions and
// observers use it.
#include <dsql/batch.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/statement.hpp>
#include <dsql/transaction.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"
#include "pg/libpq_version.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace session_test {

namespace fake = fake_libpq;

class Session : public engine::fixture {
protected:
    std::string value_of(dsql::sql_text sql) {
        return connection().query(sql).value<std::string>();
    }
    // Returns the kinds of the commands that were sent since the last call.
    std::string sent() {
        const std::string all = server_.kinds_sent();
        const std::string news = all.substr(std::min(all.size(), seen_));
        seen_ = all.size() + 1;
        return news;
    }

private:
    std::size_t seen_ = 0;
};

TEST_F(Session, PreparesAStatementOnce) {
    value_of("SELECT 1");
    EXPECT_EQ(sent(), "prepare execute sync");
    value_of("SELECT 1");
    EXPECT_EQ(sent(), "execute");
    value_of("SELECT 2");
    EXPECT_EQ(sent(), "prepare execute sync");
}

// An error, and whether the statement is prepared and run again after it.
struct stale_case {
    const char* name;
    fake::item error;
    bool is_run_again;
};

TEST_F(Session, RunsAStaleStatementOnceMore) {
    fake::item replanned = fake::error("0A000", "cached plan must not change result type");
    const std::vector<stale_case> cases = {
        {"lost name", fake::error("26000"), true},
        {"replanned", replanned, true},
        {"other 0A000", fake::error("0A000", "not supported"), false},
        {"conflict", fake::error("40001"), false},
        {"unique", fake::error("23505"), false},
        {"unavailable", fake::error("XX000", "server unavailable"), false},
    };
    for (const stale_case& one : cases) {
        fake::server server;
        {
            dsql::connection connection = engine::connect(server);
            static_cast<void>(connection.query("SELECT 1"));
            server.reply({one.error});
            const auto ended = engine::outcome_of(
                [&] { return connection.query("SELECT 1").value<std::string>(); });
            EXPECT_EQ(ended.is_success(), one.is_run_again) << one.name << ": " << ended.text;
            EXPECT_EQ(server.times_run("SELECT 1"), one.is_run_again ? 3U : 2U) << one.name;
            EXPECT_TRUE(connection.is_idle()) << one.name;
        }
        EXPECT_EQ(engine::uncleanness(server), "") << one.name;
    }
}

TEST_F(Session, RunsAStaleStatementOnlyOnceMore) {
    value_of("SELECT 1");
    server_.reply({fake::error("26000")});
    if (dsql::pg::can_close_prepared()) {
        server_.reply({fake::ok("CLOSE")});
    }
    server_.reply({fake::ok("PREPARE")});
    server_.reply({fake::error("26000")});
    const auto ended = engine::outcome_of([&] { return value_of("SELECT 1"); });
    EXPECT_EQ(ended.sqlstate, "26000");
    EXPECT_EQ(server_.times_run("SELECT 1"), 3U);
}

TEST_F(Session, DoesNotRunAStaleStatementAgainInATransaction) {
    value_of("SELECT 1");
    dsql::transaction work = connection().begin();
    server_.reply({fake::error("26000")});
    EXPECT_THROW(static_cast<void>(work.query("SELECT 1")), dsql::server_error);
    EXPECT_EQ(server_.times_run("SELECT 1"), 2U);
    work.rollback();
}

TEST_F(Session, RunsABatchWithAStaleStatementOnceMore) {
    dsql::batch all;
    all.add("SELECT 1").add("SELECT 2");
    static_cast<void>(connection().run(all));
    server_.reply({fake::rows({"one"})});
    server_.reply({fake::error("26000")});
    const dsql::batch_results again = connection().run(all);
    EXPECT_EQ(again.size(), 2U);
    EXPECT_EQ(server_.times_run("SELECT 2"), 3U);
}

TEST_F(Session, ANameThatMadeRoomIsClosedWhereLibpqCan) {
    dsql::connection& small = connection({.statement_cache_capacity = 1});
    static_cast<void>(small.query("SELECT 1"));
    static_cast<void>(small.query("SELECT 2"));
    if (dsql::pg::can_close_prepared()) {
        EXPECT_EQ(server_.kinds_sent(), "prepare execute sync close prepare execute sync");
    } else {
        EXPECT_EQ(server_.kinds_sent(), "prepare execute sync query sync");
    }
}

// A statement that could not be prepared does not count as prepared.
TEST_F(Session, AFailedPreparationIsTriedAgain) {
    server_.reply({fake::error("42P01")});
    EXPECT_THROW(value_of("SELECT 1"), dsql::server_error);
    static_cast<void>(sent());
    value_of("SELECT 1");
    EXPECT_EQ(sent(), "prepare execute sync");
}

TEST_F(Session, AStatementThatFailedStaysPrepared) {
    server_.reply({fake::ok("PREPARE")});
    server_.reply({fake::error("22012")});
    EXPECT_THROW(value_of("SELECT 1"), dsql::server_error);
    static_cast<void>(sent());
    value_of("SELECT 1");
    EXPECT_EQ(sent(), "execute");
}

TEST_F(Session, AnExplicitlyPreparedStatementIsDescribed) {
    server_.reply({fake::ok("PREPARE")});
    server_.reply({fake::description({25})});
    const dsql::statement prepared = connection().prepare("SELECT $1");
    EXPECT_EQ(prepared.parameter_types(), std::vector<dsql::oid>{dsql::oids::text});
    EXPECT_EQ(sent(), "prepare describe");
    const dsql::statement again = connection().prepare("SELECT $1");
    EXPECT_EQ(again.name(), prepared.name());
    EXPECT_EQ(sent(), "");
    static_cast<void>(connection().query(prepared, std::string("one")));
    EXPECT_EQ(sent(), "execute");
}

TEST_F(Session, APreparationThatFailsLeavesNothing) {
    for (const bool at_describe : {false, true}) {
        if (at_describe) {
            server_.reply({fake::ok("PREPARE")});
        }
        server_.reply({fake::error("42P01")});
        EXPECT_THROW(static_cast<void>(connection().prepare("SELECT 1")), dsql::server_error);
        EXPECT_TRUE(connection().is_idle());
    }
    static_cast<void>(connection().prepare("SELECT 1"));
}

TEST_F(Session, ADeallocatedStatementIsNotRun) {
    const dsql::statement prepared = connection().prepare("SELECT 1");
    connection().deallocate(prepared);
    static_cast<void>(sent());
    EXPECT_THROW(static_cast<void>(connection().query(prepared)), dsql::config_error);
    EXPECT_EQ(sent(), "");
}

TEST_F(Session, AStatementOfAnotherConnectionIsNotRun) {
    dsql::connection other = engine::connect(server_);
    const dsql::statement prepared = other.prepare("SELECT 1");
    EXPECT_THROW(static_cast<void>(connection().query(prepared)), dsql::config_error);
}

TEST_F(Session, AskedTypesFitTheValue) {
    server_.reply({fake::ok("PREPARE")});
    server_.reply({fake::description({dsql::oids::numeric})});
    static_cast<void>(connection().execute("INSERT INTO t VALUES ($1)", 0.25));
    EXPECT_EQ(server_.kinds_sent(), "prepare describe sync prepare execute sync");
    EXPECT_EQ(server_.log()[3].types, std::vector<Oid>{dsql::oids::numeric});
}

TEST_F(Session, NothingIsSentAfterALimitHasStruck) {
    std::stop_source stop;
    stop.request_stop();
    dsql::connection& open = connection();
    EXPECT_THROW(static_cast<void>(open.query(dsql::call_limits(stop.get_token()), "SELECT 1")),
                 dsql::cancelled_error);
    EXPECT_THROW(static_cast<void>(open.query(dsql::within(std::chrono::seconds(-1)), "SELECT 1")),
                 dsql::timeout_error);
    EXPECT_TRUE(server_.log().empty());
    EXPECT_TRUE(open.is_idle());
}

TEST_F(Session, ATransactionEndsByItsObjectAlone) {
    dsql::transaction work = connection().begin();
    for (const char* const ending : {"COMMIT", "ROLLBACK", "END", "ABORT"}) {
        EXPECT_THROW(static_cast<void>(work.query(ending)), dsql::error) << ending;
    }
    EXPECT_EQ(server_.kinds_sent(), "query");
    work.commit();
    EXPECT_TRUE(connection().is_idle());
}

// What the server may send after COMMIT, and which error is thrown.
TEST_F(Session, ACommitThatIsNotAnsweredIsUnknown) {
    struct commit_case {
        const char* name;
        fake::items sent;
        bool is_unknown;
        bool is_refused;
    };
    using namespace fake_libpq;
    const std::vector<commit_case> cases = {
        {"committed", {then(ok("COMMIT"), PQTRANS_IDLE), end()}, false, false},
        {"conflict", {then(error("40001"), PQTRANS_IDLE), end()}, false, true},
        {"unavailable",
         {then(error("XX000", "server unavailable"), PQTRANS_IDLE), end()},
         true,
         false},
        {"cut", {cut()}, true, false},
        {"silent cut", {silent_cut()}, true, false},
        {"cut after the result", {ok("COMMIT"), cut()}, true, false},
        {"silent cut after the result", {ok("COMMIT"), silent_cut()}, true, false},
        {"session ended", {fatal("57P01"), cut()}, true, false},
        {"no result", {end()}, true, false},
        {"pieces", {chunk({"1"})}, true, false},
    };
    for (const commit_case& one : cases) {
        server faked;
        {
            dsql::connection connection = engine::connect(faked);
            dsql::transaction work = connection.begin();
            faked.raw(one.sent);
            try {
                work.commit();
                EXPECT_TRUE(!one.is_unknown && !one.is_refused) << one.name;
            } catch (const dsql::commit_unknown_error&) {
                EXPECT_TRUE(one.is_unknown) << one.name;
            } catch (const dsql::server_error&) {
                EXPECT_TRUE(one.is_refused) << one.name;
            }
        }
        EXPECT_EQ(engine::uncleanness(faked), "") << one.name;
    }
}

struct recording_observer final : dsql::observer {
    dsql::observer::span query_started(const dsql::query_event& event) noexcept override {
        heard.push_back("start " + std::string(event.sql));
        return 1;
    }
    void query_ended(dsql::observer::span, const dsql::query_end_event& event) noexcept override {
        heard.push_back((event.error == nullptr ? "end " : "failure ") + std::string(event.sql));
    }
    std::vector<std::string> heard{};
};

// Each start has one end, whatever happens in between.
TEST_F(Session, AnObserverHearsOfEachEndOnce) {
    const auto observer = std::make_shared<recording_observer>();
    dsql::connection& open = connection({.observer = observer});
    static_cast<void>(open.query("SELECT 1"));
    server_.reply({fake::error("26000")});
    static_cast<void>(open.query("SELECT 1"));
    server_.reply({fake::error("22012")});
    EXPECT_THROW(static_cast<void>(open.query("SELECT 2")), dsql::server_error);
    for (const auto& row : open.stream<std::string>("SELECT 3")) {
        static_cast<void>(row);
    }
    server_.reply({fake::chunk({"1"}), fake::error("22012")});
    EXPECT_THROW(open.stream<std::string>("SELECT 4").close(), dsql::server_error);
    EXPECT_EQ(observer->heard,
              (std::vector<std::string>{"start SELECT 1", "end SELECT 1", "start SELECT 1",
                                        "end SELECT 1", "start SELECT 2", "failure SELECT 2",
                                        "start SELECT 3", "end SELECT 3", "start SELECT 4",
                                        "failure SELECT 4"}));
}

}  // namespace session_test
