// SPDX-License-Identifier: Apache-2.0
// Runs composite operations step by step, as a non-blocking driver would.
#include <dsql/batch.hpp>
#include <dsql/error.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/io/operation.hpp"
#include "pg/io/task.hpp"
#include "pg/libpq_version.hpp"
#include "pg/session/session_access.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace composite_test {

namespace fake = fake_libpq;
using dsql::sql_text;
using dsql::pg::composite_operation;
using dsql::pg::task;
using dsql::pg::wait_for;

// Runs an operation until it is done, for at most `most` steps. Returns the number of steps.
// Expects each wait to have a descriptor.
template <class Operation>
std::size_t steps_of(Operation& work, std::size_t most = 1000) {
    for (std::size_t step = 1; step <= most; ++step) {
        if (work.step() == wait_for::done) {
            return step;
        }
        EXPECT_GE(work.socket(), 0);
    }
    return most;
}

struct statement_case {
    const char* name;
    void (*script)(fake::server&);
    bool is_prepared;
};

void PrintTo(const statement_case& one, std::ostream* to) {
    *to << one.name;
}

std::vector<statement_case> statement_cases() {
    using namespace fake_libpq;
    return {
        {"prepared",
         [](server& of) {
             of.reply({busy(), busy(), rows({"mine"})});
         },
         true},
        {"new",
         [](server& of) {
             of.reply({busy(), ok("PREPARE")});
             of.reply({busy(), rows({"mine"}), busy()});
         },
         false},
        {"stale",
         [](server& of) {
             of.reply({busy(), error("26000")});
             if (dsql::pg::can_close_prepared()) {
                 of.reply({ok("CLOSE")});
             }
             of.reply({busy(), ok("PREPARE")});
             of.reply({busy(), rows({"mine"})});
         },
         true},
    };
}

class Composite : public testing::TestWithParam<statement_case> {
protected:
    // Runs at most `most` steps of a statement, then destroys it. Returns whether it was done.
    static bool run_steps(std::size_t most) {
        fake::server server;
        bool is_done = false;
        {
            dsql::connection connection = engine::connect(server);
            if (GetParam().is_prepared) {
                static_cast<void>(connection.query("SELECT 1"));
            }
            GetParam().script(server);
            const sql_text sql("SELECT 1");
            const dsql::detail::argument_view none{};
            const dsql::call_limits unlimited;
            composite_operation<dsql::result> work(
                dsql::pg::session_access::of(connection).execute(unlimited, sql, none));
            is_done = steps_of(work, most) < most;
            if (is_done) {
                EXPECT_EQ(work.take().value<std::string>(), "mine");
                EXPECT_TRUE(connection.is_idle());
            }
        }
        EXPECT_EQ(engine::uncleanness(server), "");
        return is_done;
    }
};

TEST_P(Composite, NeverBlocksAndMayBeDroppedAtEachStep) {
    std::size_t most = 1;
    while (!run_steps(most)) {
        ASSERT_LT(++most, 100U);
    }
    EXPECT_GT(most, 3U);  // it waited several times
}

INSTANTIATE_TEST_SUITE_P(Statements, Composite, testing::ValuesIn(statement_cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Is done after `steps` waits. Throws instead at the step `fails_at`, unless that is negative.
class stepping final : public dsql::pg::operation {
public:
    explicit stepping(int steps, int fails_at = -1) : steps_(steps), fails_at_(fails_at) {}
    wait_for step() override {
        if (done_ == fails_at_) {
            throw dsql::error("failed at " + std::to_string(done_));
        }
        return done_++ == steps_ ? wait_for::done : wait_for::readable;
    }
    [[nodiscard]] int socket() const override { return 7; }

private:
    int steps_;
    int fails_at_;
    int done_ = 0;
};

task<int> awaits(stepping& one) {
    co_await one;
    co_return 1;
}
task<int> adds(stepping& first, stepping& second) {
    const int before = co_await awaits(first);
    co_return before + co_await awaits(second);
}
task<std::string> catches(stepping& failing, stepping& next) {
    std::string caught;
    try {
        co_await failing;
    } catch (const dsql::error& failure) {
        caught = failure.what();
    }
    co_await next;
    co_return caught;
}
task<int> nothing() {
    co_return 5;
}

TEST(Task, AwaitsOneOperationAfterTheOther) {
    stepping first(2);
    stepping second(0);
    composite_operation<int> work(adds(first, second));
    EXPECT_EQ(steps_of(work), 3U);
    EXPECT_EQ(work.take(), 2);
}

TEST(Task, MayAwaitNothing) {
    composite_operation<int> work(nothing());
    EXPECT_EQ(work.step(), wait_for::done);
    EXPECT_EQ(work.take(), 5);
}

TEST(Task, MayCatchWhatAnOperationThrows) {
    stepping failing(3, 1);
    stepping next(1);
    composite_operation<std::string> work(catches(failing, next));
    EXPECT_EQ(steps_of(work), 3U);
    EXPECT_EQ(work.take(), "failed at 1");
}

TEST(Task, ThrowsWhatItDoesNotCatch) {
    stepping first(1);
    stepping failing(3, 2);
    composite_operation<int> work(adds(first, failing));
    EXPECT_THROW(steps_of(work), dsql::error);
}

TEST(Task, MayBeDroppedBeforeItsEnd) {
    for (std::size_t steps = 0; steps < 4; ++steps) {
        stepping first(2);
        stepping second(2);
        composite_operation<int> work(adds(first, second));
        steps_of(work, steps);
    }
}

}  // namespace composite_test
