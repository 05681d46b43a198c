// SPDX-License-Identifier: Apache-2.0
// Random sequences of all kinds of calls on one connection. Each result is compared with a model:
// it must belong to its own statement and be complete.
//
// DSQL_TEST_SEED repeats a run. DSQL_TEST_SEQUENCES sets the number of sequences; the default is
// 300. LD_LIBRARY_PATH chooses the libpq.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
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

class mixed_calls {
public:
    explicit mixed_calls(std::mt19937_64::result_type seed) : random_(seed) {
        session_.execute("CREATE TEMP TABLE mixed (n int)");
    }

    void run_sequence() {
        const int length = any(3, 12);
        for (int i = 0; i < length && !testing::Test::HasFailure(); ++i) {
            any(0, 4) == 0 ? run_transaction() : run_call(session_);
        }
        expect_table(session_);
        if (rows_ > 300) {
            EXPECT_EQ(session_.execute("DELETE FROM mixed"), rows_);
            rows_ = 0;
        }
    }

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

    dsql::call_limits any_limits() {
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

    template <class Runner>
    void run_text(Runner& on) {
        const random_statement statement = any_statement(!in_transaction_);
        note(statement.what == random_statement::kind::fail ? "text-fails" : "text");
        if (statement.what == random_statement::kind::fail) {
            EXPECT_THROW(on.query(any_limits(), statement.sql(), statement.factor, statement.rows),
                         dsql::server_error);
            return;
        }
        expect_result(statement,
                      on.query(any_limits(), statement.sql(), statement.factor, statement.rows));
    }

    template <class Runner>
    void run_prepared(Runner& on) {
        const random_statement statement = any_statement(false);
        note("prepared");
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
        if (failing) {
            try {
                static_cast<void>(on.run(any_limits(), statements));
                FAIL() << "it was run:" << trail_;
            } catch (const dsql::batch_error& failure) {
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

    void expect_table(dsql::connection& on) {
        EXPECT_EQ(on.query_value<long>("SELECT count(*) FROM mixed"), rows_) << trail_;
    }

    std::mt19937_64 random_;
    std::stop_source stop_{};
    dsql::connection session_ = [] {
        dsql::config settings = endpoint_under_test();
        settings.statement_cache_capacity = 5;  // fewer than there are statements
        return dsql::connect(settings);
    }();
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

}  // namespace mixed_calls_test
