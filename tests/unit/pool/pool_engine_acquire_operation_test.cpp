// SPDX-License-Identifier: Apache-2.0
// Acquires as steps: callers that have no thread to wait on share the queue with those that have.
#include <dsql/error.hpp>

#include "support/random_seed.hpp"
#include "unit/pool/pool_engine_fixture.hpp"

#include <memory>
#include <random>
#include <stop_token>
#include <vector>

namespace pool_engine_test {

namespace {

using operation = engine::acquire_operation;

class counting_waker final : public dsql::detail::waker {
public:
    void wake() noexcept override { woken_.release(); }
    void await() { woken_.acquire(); }
    [[nodiscard]] bool is_woken() { return woken_.try_acquire(); }

private:
    std::counting_semaphore<> woken_{0};
};

// An acquire and what it is woken by.
struct acquirer {
    explicit acquirer(engine& pool, const dsql::call_limits& limits = {})
        : acquire(
              std::make_unique<operation>(pool, limits, dsql::source_location{}, nullptr, woken)) {}

    [[nodiscard]] fake_entry* step() { return acquire->step(); }
    // Steps whenever it is woken.
    [[nodiscard]] fake_entry* await() {
        fake_entry* entry = step();
        while (entry == nullptr) {
            woken.await();
            entry = step();
        }
        return entry;
    }
    void give_up() { acquire.reset(); }

    counting_waker woken{};
    std::unique_ptr<operation> acquire;
};

}  // namespace

TEST_F(PoolEngine, AnAcquireInStepsGetsANewConnection) {
    const auto pool = make(limits_of(1));
    acquirer first(*pool);
    fake_entry* const entry = first.await();
    EXPECT_EQ(entry->number, 1);
    EXPECT_EQ(pool->stat().acquire_count, 1);
    EXPECT_EQ(pool->stat().empty_acquire_count, 1);
    pool->release(entry);
}

TEST_F(PoolEngine, AnAcquireInStepsIsServedInTurn) {
    const auto pool = make(limits_of(1));
    fake_entry* const held = pool->acquire();
    acquirer first(*pool);
    acquirer second(*pool);
    EXPECT_EQ(first.step(), nullptr);
    EXPECT_EQ(second.step(), nullptr);
    EXPECT_EQ(pool->stat().waiting, 2);
    pool->release(held);
    EXPECT_FALSE(second.woken.is_woken());
    EXPECT_EQ(first.await(), held);
    pool->release(held);
    EXPECT_EQ(second.await(), held);
    pool->release(held);
}

TEST_F(PoolEngine, AnAcquireInStepsThatGivesUpWakesTheNext) {
    const auto pool = make(limits_of(1));
    fake_entry* const held = pool->acquire();
    acquirer first(*pool);
    acquirer second(*pool);
    EXPECT_EQ(first.step(), nullptr);
    EXPECT_EQ(second.step(), nullptr);
    pool->release(held);
    first.give_up();  // it was woken, and has not looked yet
    EXPECT_EQ(second.await(), held);
    EXPECT_EQ(pool->stat().canceled_acquire_count, 1);
    pool->release(held);
}

TEST_F(PoolEngine, AnAcquireInStepsThatGivesUpPutsBackWhatWasHandedOver) {
    const auto pool = make(limits_of(1));
    fake_entry* const held = pool->acquire();
    acquirer first(*pool);
    EXPECT_EQ(first.step(), nullptr);
    pass(1s);  // so long that it is served directly
    pool->release(held);
    EXPECT_EQ(pool->stat().waiting, 0);
    EXPECT_EQ(pool->stat().idle_connections, 0);
    first.give_up();
    EXPECT_EQ(pool->stat().idle_connections, 1);
    EXPECT_EQ(pool->acquire(), held);
    pool->release(held);
}

TEST_F(PoolEngine, AConnectionHandedOverIsClosedIfThePoolWasClosedSince) {
    const auto pool = make(limits_of(1));
    fake_entry* const held = pool->acquire();
    acquirer first(*pool);
    EXPECT_EQ(first.step(), nullptr);
    pass(1s);
    pool->release(held);
    pool->close();
    first.give_up();
    EXPECT_EQ(open_connections, 0);
    EXPECT_EQ(pool->wait_until_returned(0ms), 0);
}

// The rule of four milliseconds holds for every way in which a connection becomes free.
TEST_F(PoolEngine, AReadySuccessorIsHandedToAWaiterThatHasWaitedLong) {
    const auto pool = make(limits_of(1));
    fake_entry* const old = pool->acquire();
    pass(54min + 30s);
    maintain(*pool);
    await([&] { return made == 2; });
    await_made(*pool);
    acquirer patient(*pool);
    EXPECT_EQ(patient.step(), nullptr);
    pass(4ms);
    EXPECT_FALSE(pool->release(old));
    EXPECT_EQ(pool->stat().idle_connections, 0) << "nobody else can take it";
    EXPECT_EQ(patient.await()->number, 2);
}

TEST_F(PoolEngine, AResetClosesAReadySuccessorThoughAWaiterHasWaitedLong) {
    const auto pool = make(limits_of(1));
    fake_entry* const old = pool->acquire();
    pass(54min + 30s);
    maintain(*pool);
    await([&] { return made == 2; });
    await_made(*pool);
    acquirer patient(*pool);
    EXPECT_EQ(patient.step(), nullptr);
    pass(4ms);
    pool->reset();
    EXPECT_EQ(open_connections, 1);
    EXPECT_FALSE(pool->release(old));
    EXPECT_EQ(patient.await()->number, 3);
}

TEST_F(PoolEngine, AnAcquireInStepsEndsAtItsDeadline) {
    const auto pool = make(limits_of(1));
    fake_entry* const held = pool->acquire();
    acquirer late(*pool, dsql::within(0ms));
    EXPECT_EQ(late.step(), nullptr);
    EXPECT_LE(late.acquire->until(), std::chrono::steady_clock::now());
    EXPECT_THROW(static_cast<void>(late.step()), dsql::timeout_error);
    EXPECT_EQ(pool->stat().waiting, 0);
    pool->release(held);
}

TEST_F(PoolEngine, AStopWakesAnAcquireInSteps) {
    const auto pool = make(limits_of(1));
    fake_entry* const held = pool->acquire();
    std::stop_source stop;
    acquirer stopped(*pool, stop.get_token());
    EXPECT_EQ(stopped.step(), nullptr);
    stop.request_stop();
    stopped.woken.await();
    EXPECT_THROW(static_cast<void>(stopped.step()), dsql::cancelled_error);
    EXPECT_EQ(pool->stat().waiting, 0);
    pool->release(held);
}

TEST_F(PoolEngine, ACloseWakesAnAcquireInSteps) {
    const auto pool = make(limits_of(1));
    fake_entry* const held = pool->acquire();
    acquirer waiting(*pool);
    EXPECT_EQ(waiting.step(), nullptr);
    pool->close();
    waiting.woken.await();
    EXPECT_THROW(static_cast<void>(waiting.step()), dsql::pool_closed_error);
    pool->release(held);
}

TEST_F(PoolEngine, AFailedConnectWakesAnAcquireInSteps) {
    const auto pool = make(limits_of(1));
    refusing = true;
    acquirer waiting(*pool);
    EXPECT_THROW(static_cast<void>(waiting.await()), std::runtime_error);
    EXPECT_EQ(pool->stat().waiting, 0);
}

// Callers come, look, give up and give back in any order; at the end all connections are there and
// nobody waits.
TEST_F(PoolEngine, AcquiresInStepsInAnyOrderLoseNoConnection) {
    std::mt19937_64 random(random_seed());
    constexpr int connections = 3;
    const auto pool = make(limits_of(connections));
    std::vector<std::unique_ptr<acquirer>> waiting;
    std::vector<fake_entry*> held;
    const auto any_of = [&](auto& of) {
        return of.begin() + static_cast<std::ptrdiff_t>(random() % of.size());
    };
    const auto step = [&](auto position) {
        if (fake_entry* const entry = (*position)->step()) {
            held.push_back(entry);
            waiting.erase(position);
        }
    };
    for (int i = 0; i < 20'000; ++i) {
        pass(std::chrono::milliseconds(random() % 4));
        switch (random() % 5) {
            case 0:
                waiting.push_back(std::make_unique<acquirer>(*pool));
                step(waiting.end() - 1);
                break;
            case 1:
                if (!waiting.empty()) {
                    waiting.erase(any_of(waiting));
                }
                break;
            case 2:
                for (auto position = waiting.begin(); position != waiting.end(); ++position) {
                    if ((*position)->woken.is_woken()) {
                        step(position);
                        break;
                    }
                }
                break;
            default:
                if (!held.empty()) {
                    const auto returned = any_of(held);
                    if (random() % 8 == 0) {
                        pool->discard(*returned);
                    } else {
                        pool->release(*returned);
                    }
                    held.erase(returned);
                }
        }
        ASSERT_LE(held.size(), static_cast<std::size_t>(connections));
    }
    waiting.clear();
    for (fake_entry* const entry : held) {
        pool->release(entry);
    }
    EXPECT_EQ(pool->stat().waiting, 0);
    held.clear();
    for (int i = 0; i < connections; ++i) {
        held.push_back(pool->acquire());
    }
    EXPECT_EQ(pool->stat().acquired_connections, connections);
    for (fake_entry* const entry : held) {
        pool->release(entry);
    }
}

}  // namespace pool_engine_test
