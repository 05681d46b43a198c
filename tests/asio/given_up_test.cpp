// SPDX-License-Identifier: Apache-2.0
// Operations in steps that are given up, cancelled, late or misused: nothing is sent that nobody
// waits for, and no connection is left in the middle of an exchange.
#include <dsql/bulk_operation.hpp>
#include <dsql/dsql.hpp>
#include <dsql/operation.hpp>

#include "asio/asio_test.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace given_up_test {

using asio_test::pools;
using namespace std::chrono_literals;

const dsql::copy_target target{.table = "given_up"};

// Takes a step every millisecond, as a game loop does.
template <class T>
T finish(dsql::operation<T> running) {
    while (running.step() != dsql::wait_for::done) {
        std::this_thread::sleep_for(1ms);
    }
    return running.take();
}

struct watcher : dsql::observer {
    span query_started(const dsql::query_event&) noexcept override {
        ++started;
        return 1;
    }
    void query_ended(span, const dsql::query_end_event& end) noexcept override {
        ++ended;
        failed += end.error != nullptr ? 1 : 0;
    }
    std::atomic<int> started = 0;
    std::atomic<int> ended = 0;
    std::atomic<int> failed = 0;
};

class GivenUp : public testing::Test {
protected:
    [[nodiscard]] int rows() {
        return other_.query_value<int>("SELECT count(*)::int FROM given_up");
    }
    [[nodiscard]] static dsql::config watched_by(const std::shared_ptr<watcher>& watching) {
        dsql::config settings = endpoint_under_test();
        settings.observer = watching;
        return settings;
    }

    // Tables are made before the second connection, which would meet OC001 otherwise.
    [[nodiscard]] static dsql::connection connect_with_tables() {
        dsql::connection made = dsql::connect(endpoint_under_test());
        for (const char* const table : {"given_up (n int)", "given_up_text (line text)"}) {
            const std::string text = table;
            dsql::execute_with_retry(made,
                                     "DROP TABLE IF EXISTS " + text.substr(0, text.find(' ')));
            dsql::execute_with_retry(made, "CREATE TABLE " + text);
        }
        return made;
    }

    dsql::connection other_ = connect_with_tables();
    dsql::connection own_ = dsql::connect(endpoint_under_test());
};

TEST_F(GivenUp, APartOfACopyClosesItsConnection) {
    const dsql::copy_target lines{.table = "given_up_text"};
    dsql::copy_buffer copy = finish(dsql::start_copy_in(own_, {}, lines));
    for (int i = 0; i < 40; ++i) {
        copy.row(std::string(1'000'000, 'x'));
    }
    {
        auto sending = copy.start_send();
        ASSERT_NE(sending.step(), dsql::wait_for::done);
    }
    EXPECT_FALSE(own_.is_open());
    EXPECT_THROW(finish(copy.start_finish()), dsql::error);
    EXPECT_EQ(other_.query_value<int>("SELECT count(*)::int FROM given_up_text"), 0);
}

TEST_F(GivenUp, APartOfAStreamClosesItsConnection) {
    dsql::row_chunks<int> rows(
        finish(dsql::start_stream(own_, {}, "SELECT generate_series(1, 3) FROM pg_sleep(20)")));
    {
        auto next = rows.start_next();
        static_cast<void>(next.step());
    }
    EXPECT_FALSE(own_.is_open());
}

TEST_F(GivenUp, CancelledBeforeTheFirstStepSendsNothing) {
    auto query = dsql::start_query(own_, "INSERT INTO given_up VALUES (1)");
    query.cancel();
    try {
        static_cast<void>(finish(std::move(query)));
        ADD_FAILURE() << "it ran";
    } catch (const dsql::cancelled_error& failure) {
        EXPECT_FALSE(failure.statement_may_have_run());
    }
    dsql::batch statements;
    statements.add("INSERT INTO given_up VALUES (2)");
    auto batch = dsql::start_batch(own_, {}, std::move(statements));
    batch.cancel();
    EXPECT_THROW(static_cast<void>(finish(std::move(batch))), dsql::cancelled_error);
    auto ping = dsql::start_ping(own_);
    ping.cancel();
    EXPECT_THROW(finish(std::move(ping)), dsql::cancelled_error);
    EXPECT_TRUE(own_.is_open());
    {
        dsql::transaction running = own_.begin();
        running.execute("INSERT INTO given_up VALUES (3)");
        auto commit = dsql::start_commit(running);
        commit.cancel();
        EXPECT_THROW(finish(std::move(commit)), dsql::cancelled_error);
    }
    EXPECT_EQ(rows(), 0);
    EXPECT_EQ(own_.query_value<int>("SELECT 1"), 1);
    pools db(1);
    auto close = dsql::start_close(db.blocking, 1s);
    close.cancel();
    EXPECT_THROW(finish(std::move(close)), dsql::cancelled_error);
    EXPECT_EQ(db.blocking.query_value<int>("SELECT 1"), 1);
}

// The types of the parameters are asked for first, because of the floating-point number.
TEST_F(GivenUp, NothingIsSentAfterACancellationBetweenTwoRoundTrips) {
    auto query = dsql::start_query(own_, "INSERT INTO given_up VALUES ($1)", 2.0);
    ASSERT_EQ(query.step(), dsql::wait_for::readable);
    pollfd answer{.fd = query.socket(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(poll(&answer, 1, 30'000), 1);
    query.cancel();
    EXPECT_THROW(static_cast<void>(finish(std::move(query))), dsql::cancelled_error);
    EXPECT_EQ(rows(), 0);
}

TEST_F(GivenUp, NothingIsSentAfterTheDeadlineBetweenTwoRoundTrips) {
    const auto soon = std::chrono::steady_clock::now() + 200ms;
    auto query = dsql::start_query(own_, soon, "INSERT INTO given_up VALUES ($1)", 2.0);
    ASSERT_EQ(query.step(), dsql::wait_for::readable);
    std::this_thread::sleep_until(soon);
    EXPECT_THROW(static_cast<void>(finish(std::move(query))), dsql::timeout_error);
    EXPECT_EQ(rows(), 0);
}

TEST_F(GivenUp, ATransactionMayBeMovedWhileItEnds) {
    for (const bool commits : {true, false}) {
        dsql::transaction first = own_.begin();
        first.execute("INSERT INTO given_up VALUES (1)");
        auto ending = commits ? dsql::start_commit(first) : dsql::start_rollback(first);
        static_cast<void>(ending.step());
        const dsql::transaction second = std::move(first);
        finish(std::move(ending));
        EXPECT_FALSE(second.is_active());
    }
    EXPECT_EQ(rows(), 1);
    EXPECT_EQ(own_.query_value<int>("SELECT 1"), 1);
}

TEST_F(GivenUp, StepsThatFindNothingDoNotExtendAWait) {
    dsql::config settings = endpoint_under_test();
    settings.command_timeout = 300ms;
    dsql::connection limited = dsql::connect(settings);
    dsql::row_chunks<int> rows(
        finish(dsql::start_stream(limited, {}, "SELECT 1 FROM pg_sleep(20)")));
    EXPECT_THROW(finish(rows.start_next()), dsql::timeout_error);
}

TEST_F(GivenUp, AFinishAfterTheDeadlineEndsTheCopy) {
    const auto soon = std::chrono::steady_clock::now() + 300ms;
    dsql::copy_buffer copy = finish(dsql::start_copy_in(own_, soon, target));
    copy.row(1);
    std::this_thread::sleep_until(soon);
    EXPECT_THROW(finish(copy.start_finish()), dsql::timeout_error);
    EXPECT_THROW(copy.row(2), dsql::error);
    EXPECT_FALSE(own_.is_open());
    EXPECT_EQ(rows(), 0);
}

TEST_F(GivenUp, ARowThatIsLargerThanAPieceIsSentOnce) {
    const dsql::copy_target lines{.table = "given_up_text"};
    dsql::copy_buffer copy = finish(dsql::start_copy_in(own_, {}, lines));
    copy.append("");
    copy.row(std::string(100'000, 'x'));
    EXPECT_TRUE(copy.is_full());
    finish(copy.start_send());
    EXPECT_FALSE(copy.is_full());
    EXPECT_EQ(finish(copy.start_finish()), 1);
}

TEST_F(GivenUp, EmptyDataDoesNotSpoilABinaryCopy) {
    const dsql::copy_target binary{.table = "given_up", .format = dsql::copy_format::binary};
    dsql::copy_buffer copy = finish(dsql::start_copy_in(own_, {}, binary));
    copy.append("");
    copy.row(1);
    EXPECT_EQ(finish(copy.start_finish()), 1);
    dsql::copy_writer writer = own_.copy_in(binary);
    writer.write("");
    writer.row(2);
    EXPECT_EQ(writer.finish(), 1);
}

TEST_F(GivenUp, AStreamOfAPreparedStatementRunsThatStatement) {
    const dsql::statement prepared = own_.prepare("SELECT $1::int");
    int sum = 0;
    for (const auto& [one] : own_.stream<int>(prepared, 5)) {
        sum += one;
    }
    EXPECT_EQ(sum, 5);
    EXPECT_THROW(static_cast<void>(other_.stream<int>(prepared, 5)), dsql::config_error);
    EXPECT_THROW(static_cast<void>(finish(dsql::start_stream(other_, {}, prepared, 5))),
                 dsql::config_error);
    EXPECT_THROW(static_cast<void>(other_.stream<int>(dsql::statement())), dsql::config_error);
    EXPECT_TRUE(other_.is_idle());
}

TEST_F(GivenUp, ChunksThatWereMovedFromHaveNoRows) {
    own_.execute("INSERT INTO given_up SELECT generate_series(1, 5)");
    dsql::copy_chunks<int> first(finish(dsql::start_copy_out(own_, {}, target)));
    ASSERT_TRUE(finish(first.start_next()));
    for (const auto& [n] : first) {
        EXPECT_EQ(n, 1);
        break;
    }
    dsql::copy_chunks<int> second(std::move(first));
    EXPECT_THROW(static_cast<void>(first.begin()), dsql::error);  // NOLINT(bugprone-use-after-move)
    dsql::row_chunks<int> stream(
        finish(dsql::start_stream(other_, {}, "SELECT generate_series(1, 5)")));
    ASSERT_TRUE(finish(stream.start_next()));
    auto row = stream.begin();
    const dsql::row_chunks<int> moved(std::move(stream));
    EXPECT_TRUE(row == std::default_sentinel);
}

TEST_F(GivenUp, AnObserverSeesTheEnd) {
    const auto watching = std::make_shared<watcher>();
    for (int kind = 0; kind < 3; ++kind) {
        dsql::connection watched = dsql::connect(watched_by(watching));
        if (kind == 0) {
            auto query = dsql::start_query(watched, "SELECT pg_sleep(20)");
            static_cast<void>(query.step());
        } else if (kind == 1) {
            auto ping = dsql::start_ping(watched);
            static_cast<void>(ping.step());
        } else {
            const auto stream = finish(dsql::start_stream(watched, {}, "SELECT pg_sleep(20)"));
        }
    }
    EXPECT_EQ(watching->started, 3);
    EXPECT_EQ(watching->ended, 3);
    EXPECT_EQ(watching->failed, 3);
}

TEST_F(GivenUp, LimitsCountDuringTheCheckOfAConnection) {
    std::atomic<bool> goes_on = false;
    {
        pools db(1, {.prepare_connection = [&](dsql::connection&) {
                     goes_on.wait(false);
                     return dsql::prepare_action::use;
                 }});
        auto waiting = dsql::start_acquire(db.blocking, dsql::within{50ms});
        static_cast<void>(waiting.step());
        EXPECT_NE(waiting.step_by(), std::nullopt);
        EXPECT_THROW(static_cast<void>(finish(std::move(waiting))), dsql::timeout_error);
        goes_on = true;
        goes_on.notify_all();
    }
}

TEST_F(GivenUp, TextOfEachKindIsCopied) {
    const char* const null = nullptr;
    EXPECT_EQ(finish(dsql::start_query(own_, "SELECT $1::text", null))[0][0].is_null(), true);
    EXPECT_EQ(
        finish(dsql::start_query(own_, "SELECT $1::text", std::optional(null)))[0][0].is_null(),
        true);
    std::string text(100, 'x');
    auto query = dsql::start_query(own_, "SELECT $1::text[], $2::text[], $3::text",
                                   std::optional(std::vector<std::string_view>{text}),
                                   std::vector<const char*>{text.c_str()},
                                   std::optional<std::string_view>(text));
    const std::string copy = std::exchange(text, std::string(100, 'y'));
    const dsql::result result = finish(std::move(query));
    EXPECT_EQ(result[0][0].as<std::vector<std::string>>()[0], copy);
    EXPECT_EQ(result[0][1].as<std::vector<std::string>>()[0], copy);
    EXPECT_EQ(result[0][2].as<std::string>(), copy);
}

}  // namespace given_up_test
