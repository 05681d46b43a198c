// SPDX-License-Identifier: Apache-2.0
// Random sequences of all kinds of calls on one connection. Each result is compared with a model:
// it must belong to its own statement and be complete.
//
// In a second test, calls also end early: at a deadline, by a stop request from another thread, or
// because the server has ended the session. Transactions fail in their middle. What has been
// written must then be what the error says: nothing, or what the call would have written.
//
// DSQL_TEST_SEED repeats a run. DSQL_TEST_SEQUENCES sets the number of sequences; the default is
// 300. LD_LIBRARY_PATH chooses the libpq.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace mixed_calls_test {

using namespace std::chrono_literals;

int sequences() {
    const char* const wanted = std::getenv("DSQL_TEST_SEQUENCES");
    return wanted == nullptr ? 300 : std::atoi(wanted);
}

// A statement and its expected result.
struct random_statement {
    enum class kind { numbers, insert, update, fail };

    kind what = kind::numbers;
    int variant = 0;  // different variants have different texts
    int factor = 1;
    int rows = 0;

    [[nodiscard]] std::string sql() const {
        const std::string mark = "/* " + std::to_string(variant) + " */ ";
        switch (what) {
            case kind::numbers:
                return mark + "SELECT i, i * $1::int FROM generate_series(1, $2::int) i";
            case kind::insert:
                return mark + "INSERT INTO mixed SELECT $1::int FROM generate_series(1, $2::int)";
            case kind::update:
                return mark + "UPDATE mixed SET n = n + $1::int WHERE $2::int >= 0";
            case kind::fail:
                return mark + "SELECT $1::int / 0 WHERE $2::int >= 0";
        }
        return {};
    }
};

// How calls end.
enum class ends { in_time, early };

// How often something happened.
struct end_counts {
    int calls = 0;
    int unsent = 0;    // ended before the statement was sent; the connection goes on
    int given_up = 0;  // ended while the statement may have run; the connection is closed
    int killed = 0;    // the server has ended the session
    int written_all_the_same = 0;
};

dsql::connection open_session() {
    dsql::config settings = endpoint_under_test();
    settings.statement_cache_capacity = 5;  // fewer than there are statements
    return dsql::connect(settings);
}

class mixed_calls {
public:
    explicit mixed_calls(std::mt19937_64::result_type seed, ends how = ends::in_time)
        : random_(seed), how_(with_table(how)) {
        if (how == ends::in_time) {
            session_.execute("CREATE TEMP TABLE mixed (n int)");
        }
    }
    ~mixed_calls() = default;
    mixed_calls(const mixed_calls&) = delete;
    mixed_calls& operator=(const mixed_calls&) = delete;

    void run_sequence() {
        const int length = any(3, 12);
        for (int i = 0; i < length && !testing::Test::HasFailure(); ++i) {
            how_ == ends::early ? run_until_its_end() : run_any();
        }
        if (is_killed_) {
            session_.close();  // no call has noticed it
        }
        reopen_if_closed();
        expect_table(session_);
        if (rows_ > 300) {
            EXPECT_EQ(session_.execute("DELETE FROM mixed"), rows_);
            rows_ = 0;
        }
    }

    [[nodiscard]] const end_counts& counts() const noexcept { return counts_; }

    // The most recent calls, for messages.
    [[nodiscard]] const std::string& trail() const noexcept { return trail_; }

private:
    int any(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

    void note(const std::string& what) {
        trail_ += " " + what;
        if (trail_.size() > 600) {
            trail_.erase(0, trail_.size() - 400);
        }
    }

    void run_any() {
        ++counts_.calls;
        const int kind = any(0, 9);
        kind < 2 ? run_transaction() : kind == 2 ? run_failing_transaction() : run_call(session_);
    }

    // Runs a call or transaction that may end early.
    void run_until_its_end() {
        reopen_if_closed();
        const int before = rows_;
        may_write_ = 0;
        if (!is_killed_ && any(0, 15) == 0) {
            kill_session();
        }
        try {
            run_any();
            EXPECT_FALSE(is_killed_) << "a call on a dead connection has succeeded:" << trail_;
        } catch (const dsql::commit_unknown_error&) {
            go_on_after(before, rows_ - before);
        } catch (const dsql::timeout_error& late) {
            go_on_after(before, late.statement_may_have_run() ? may_write_ : 0);
        } catch (const dsql::cancelled_error& stopped) {
            go_on_after(before, stopped.statement_may_have_run() ? may_write_ : 0);
        } catch (const dsql::error& broken) {
            EXPECT_TRUE(is_killed_) << broken.what() << trail_;
            go_on_after(before, 0);
        }
        in_transaction_ = false;
    }

    // Ends the session as an administrator does, and waits until it is gone.
    void kill_session() {
        note("killed");
        ++counts_.killed;
        watcher_.execute("SELECT pg_terminate_backend($1, 60000)", backend_);
        is_killed_ = true;
    }

    // The call has ended early. It has written all of `possible` or nothing, but nothing if the
    // connection goes on.
    void go_on_after(int before, int possible) {
        note("ended early");
        rows_ = before;
        if (session_.is_open()) {
            ++counts_.unsent;
            return;
        }
        ++counts_.given_up;
        await_end_of_session();
        const int now = static_cast<int>(watcher_.query_value<long>("SELECT count(*) FROM mixed"));
        EXPECT_TRUE(now == before || now == before + possible)
            << now << " rows, not " << before << " or " << before + possible << ":" << trail_;
        counts_.written_all_the_same += now != before ? 1 : 0;
        rows_ = now;
        session_ = open_session();
        backend_ = backend_of(session_);
        is_killed_ = false;
    }

    // A destructor that gives up, of a stream for example, closes the connection without a word if
    // its limits do not let it end otherwise. Nothing was written.
    void reopen_if_closed() {
        if (!session_.is_open()) {
            go_on_after(rows_, 0);
        }
    }

    static int backend_of(dsql::connection& session) {
        return session.query_value<int>("SELECT pg_backend_pid()");
    }

    // Until then, the statement that was given up may still run.
    void await_end_of_session() {
        while (watcher_.query_value<bool>(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)", backend_)) {
            std::this_thread::yield();
        }
    }

    random_statement any_statement(bool may_fail) {
        const int kind = any(0, may_fail ? 6 : 5);
        return {.what = kind < 3    ? random_statement::kind::numbers
                        : kind == 3 ? random_statement::kind::insert
                        : kind < 6  ? random_statement::kind::update
                                    : random_statement::kind::fail,
                .variant = any(0, 7),
                .factor = any(-3, 3),
                .rows = any(0, 9) == 0 ? any(200, 1500) : any(0, 5)};
    }

    // Expects the result that the model predicts, and updates the model.
    void expect_result(const random_statement& statement, const dsql::result& received) {
        switch (statement.what) {
            case random_statement::kind::numbers: {
                ASSERT_EQ(received.size(), statement.rows) << trail_;
                for (int i = 0; i < received.size(); ++i) {
                    ASSERT_EQ(received[i][0].as<int>(), i + 1) << trail_;
                    ASSERT_EQ(received[i][1].as<int>(), (i + 1) * statement.factor) << trail_;
                }
                break;
            }
            case random_statement::kind::insert:
                ASSERT_EQ(received.affected_rows(), statement.rows) << trail_;
                rows_ += statement.rows;
                break;
            case random_statement::kind::update:
                ASSERT_EQ(received.affected_rows(), rows_) << trail_;
                break;
            case random_statement::kind::fail:
                FAIL() << "it was run:" << trail_;
        }
    }

    // A stop request that another thread makes at some moment of the call.
    std::stop_token stopped_by_another() {
        stop_soon_ = std::stop_source();
        stopping_ = std::jthread([soon = stop_soon_, turns = any(0, 300)]() mutable {
            for (int i = 0; i < turns; ++i) {
                std::this_thread::yield();
            }
            soon.request_stop();
        });
        return stop_soon_.get_token();
    }

    dsql::call_limits any_limits() {
        if (how_ == ends::early && any(0, 5) == 0) {
            switch (any(0, 3)) {
                case 0:
                    return dsql::within(0ms);
                case 1:
                    return stopped_by_another();
                default:
                    return dsql::within(std::chrono::microseconds(any(0, 3'000)));
            }
        }
        switch (any(0, 3)) {
            case 0:
                return dsql::within(1h);
            case 1:
                return stop_.get_token();
            case 2:
                return {dsql::within(1h), stop_.get_token()};
            default:
                return {};
        }
    }

    template <class Runner>
    void run_call(Runner& on) {
        switch (any(0, 9)) {
            case 0:
            case 1:
                return run_text(on);
            case 2:
                return run_prepared(on);
            case 3:
            case 4:
            case 5:
                return run_batch(on);
            case 6:
            case 7:
                return run_stream(on);
            case 8:
                return run_copy_in(on);
            default:
                return run_copy_out(on);
        }
    }

    // What the call writes if it is run. In a transaction, nothing until COMMIT.
    void note_write(int rows) { may_write_ = in_transaction_ ? 0 : rows; }
    void note_write(const random_statement& one) {
        note_write(one.what == random_statement::kind::insert ? one.rows : 0);
    }

    template <class Runner>
    void run_text(Runner& on) {
        const random_statement statement = any_statement(!in_transaction_);
        note(statement.what == random_statement::kind::fail ? "text-fails" : "text");
        note_write(statement);
        if (statement.what == random_statement::kind::fail) {
            expect_failure(
                [&] { on.query(any_limits(), statement.sql(), statement.factor, statement.rows); });
            return;
        }
        expect_result(statement,
                      on.query(any_limits(), statement.sql(), statement.factor, statement.rows));
    }

    // The server reports an error of the statement, unless the call ends early.
    template <class Call>
    void expect_failure(Call call) {
        try {
            call();
            FAIL() << "it was run:" << trail_;
        } catch (const dsql::server_error& failure) {
            if (failure.connection_lost()) {
                throw;
            }
        }
    }

    template <class Runner>
    void run_prepared(Runner& on) {
        const random_statement statement = any_statement(false);
        note("prepared");
        note_write(statement);
        const dsql::statement prepared = session_.prepare(statement.sql());
        expect_result(statement,
                      on.query(any_limits(), prepared, statement.factor, statement.rows));
        if (any(0, 3) == 0 && !in_transaction_) {
            session_.deallocate(prepared);
        }
    }

    template <class Runner>
    void run_batch(Runner& on) {
        std::vector<random_statement> chosen(static_cast<std::size_t>(any(1, 6)));
        std::optional<std::size_t> failing;
        dsql::batch statements;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            chosen[i] = any_statement(!in_transaction_);
            if (chosen[i].what == random_statement::kind::fail && !failing) {
                failing = i;
            }
            any(0, 4) == 0 && chosen[i].what != random_statement::kind::fail
                ? statements.add(session_.prepare(chosen[i].sql()), chosen[i].factor,
                                 chosen[i].rows)
                : statements.add(chosen[i].sql(), chosen[i].factor, chosen[i].rows);
        }
        note("batch" + std::to_string(chosen.size()));
        int written = 0;
        for (const random_statement& one : chosen) {
            written += one.what == random_statement::kind::insert ? one.rows : 0;
        }
        note_write(failing ? 0 : written);
        if (failing) {
            try {
                static_cast<void>(on.run(any_limits(), statements));
                FAIL() << "it was run:" << trail_;
            } catch (const dsql::batch_error& failure) {
                if (failure.connection_lost()) {
                    throw;
                }
                EXPECT_EQ(failure.index(), *failing) << trail_;
            }
            return;
        }
        const dsql::batch_results results = on.run(any_limits(), statements);
        ASSERT_EQ(results.size(), chosen.size()) << trail_;
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            expect_result(chosen[i], results[i]);
        }
    }

    // Reads a stream to the end, abandons it after some rows, or closes it.
    template <class Runner>
    void run_stream(Runner& on) {
        random_statement statement = any_statement(false);
        statement.what = random_statement::kind::numbers;
        const int leave_after = any(0, 2) == 0 ? any(0, 700) : statement.rows + 1;
        const bool close = any(0, 3) == 0;
        note("stream");
        auto rows = any(0, 2) == 0 ? on.template stream<int, int>(any_limits(),
                                                                  session_.prepare(statement.sql()),
                                                                  statement.factor, statement.rows)
                                   : on.template stream<int, int>(any_limits(), statement.sql(),
                                                                  statement.factor, statement.rows);
        int read = 0;
        for (const auto& [number, product] : rows) {
            ASSERT_EQ(number, ++read) << trail_;
            ASSERT_EQ(product, number * statement.factor) << trail_;
            if (read == leave_after) {
                break;
            }
        }
        EXPECT_EQ(read, std::min(leave_after == 0 ? statement.rows : leave_after, statement.rows))
            << trail_;
        if (close) {
            rows.close();
        }
    }

    template <class Runner>
    void run_copy_in(Runner& on) {
        const int rows = any(0, 20);
        const bool give_up = !in_transaction_ && any(0, 3) == 0;
        note("copy-in");
        note_write(give_up ? 0 : rows);
        dsql::copy_writer copying = on.copy_in(
            any_limits(),
            {.table = "mixed",
             .format = any(0, 1) == 0 ? dsql::copy_format::text : dsql::copy_format::binary});
        for (int i = 0; i < rows; ++i) {
            copying.row(i);
        }
        if (!give_up) {
            EXPECT_EQ(copying.finish(), rows) << trail_;
            rows_ += rows;
        }
    }

    template <class Runner>
    void run_copy_out(Runner& on) {
        note("copy-out");
        int read = 0;
        const int leave_after = any(0, 3) == 0 ? any(1, 50) : 1'000'000;
        for (const auto& [n] : on.template copy_out<int>(any_limits(), {.table = "mixed"})) {
            static_cast<void>(n);
            if (++read == leave_after) {
                break;
            }
        }
        EXPECT_EQ(read, std::min(leave_after, rows_)) << trail_;
    }

    void run_transaction() {
        note("begin");
        const int before = rows_;
        dsql::transaction running = session_.begin();
        in_transaction_ = true;
        const int length = any(0, 4);
        for (int i = 0; i < length && !testing::Test::HasFailure(); ++i) {
            run_call(running);
        }
        in_transaction_ = false;
        if (any(0, 1) == 0) {
            note("commit");
            running.commit(any_limits());
        } else {
            note("rollback");
            running.rollback();
            rows_ = before;
        }
    }

    // A statement of it fails. Nothing of it remains, however it ends.
    void run_failing_transaction() {
        note("begin-to-fail");
        const int before = rows_;
        dsql::transaction running = session_.begin(any_limits());
        in_transaction_ = true;
        const int length = any(0, 2);
        for (int i = 0; i < length && !testing::Test::HasFailure(); ++i) {
            run_call(running);
        }
        expect_failure([&] { running.query(any_limits(), "SELECT $1::int / 0", 1); });
        if (any(0, 1) == 0) {
            expect_failure([&] { running.query(any_limits(), "SELECT $1::int", 1); });
        }
        in_transaction_ = false;
        rows_ = before;
        switch (any(0, 2)) {
            case 0:
                EXPECT_THROW(running.commit(), dsql::transaction_rolled_back_error) << trail_;
                break;
            case 1:
                running.rollback();
                break;
            default:
                break;  // its destructor rolls it back
        }
    }

    void expect_table(dsql::connection& on) {
        EXPECT_EQ(on.query_value<long>("SELECT count(*) FROM mixed"), rows_) << trail_;
    }

    // A temporary table would end with its connection. Made before the others connect: it would
    // end their next transaction.
    static ends with_table(ends how) {
        if (how == ends::early) {
            dsql::connection maker = open_session();
            maker.execute("DROP TABLE IF EXISTS mixed");
            maker.execute("CREATE TABLE mixed (n int)");
        }
        return how;
    }

    std::mt19937_64 random_;
    const ends how_;
    std::stop_source stop_{};
    std::stop_source stop_soon_{};
    std::jthread stopping_{};
    dsql::connection watcher_ = open_session();
    dsql::connection session_ = open_session();
    int backend_ = backend_of(session_);
    bool is_killed_ = false;  // the server has ended the session
    int may_write_ = 0;       // how many rows the current call writes if it is run
    end_counts counts_{};
    int rows_ = 0;  // how many rows the table has
    bool in_transaction_ = false;
    std::string trail_{};
};

TEST(MixedCalls, EachResultBelongsToItsStatement) {
    const auto seed = random_seed();
    SCOPED_TRACE("DSQL_TEST_SEED=" + std::to_string(seed));
    std::optional<mixed_calls> calls(seed);
    for (int i = 0; i < sequences() && !HasFailure(); ++i) {
        if (i % 200 == 199) {
            calls.emplace(seed + static_cast<std::uint64_t>(i));
        }
        calls->run_sequence();
    }
}

TEST(MixedCalls, WhatEndsEarlyHasWrittenAllOrNothing) {
    const auto seed = random_seed();
    SCOPED_TRACE("DSQL_TEST_SEED=" + std::to_string(seed));
    mixed_calls calls(seed, ends::early);
    // Each that ends early costs a connect.
    const int wanted = std::min(sequences(), 40 + sequences() / 40);
    for (int i = 0; i < wanted && !HasFailure(); ++i) {
        calls.run_sequence();
    }
    const end_counts& all = calls.counts();
    std::cout << all.calls << " calls; " << all.unsent << " ended before they began, "
              << all.given_up << " at some moment, " << all.killed
              << " of them by the server's end; " << all.written_all_the_same
              << " of the others have written\n";
    EXPECT_GT(all.unsent, 0);
    EXPECT_GT(all.given_up, all.killed);
}

}  // namespace mixed_calls_test
