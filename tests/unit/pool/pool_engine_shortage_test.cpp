// SPDX-License-Identifier: Apache-2.0
// Memory or threads run out at every possible point of a pool's work. The program goes on, no
// connection is lost, the counts are right, and all `max_connections` can be acquired once there is
// enough again. A random sequence of operations runs once for each allocation or thread start, and
// that one fails. The test prints its seed; DSQL_TEST_SEED repeats a run.
#include <dsql/error.hpp>

#include "pool/maintenance_thread.hpp"
#include "pool/pool_engine.hpp"
#include "support/shortage.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace pool_engine_shortage_test {

using namespace std::chrono_literals;
using shortage::resource;

std::atomic<int> open_connections = 0;

struct plain_entry : dsql::detail::pool_slot<plain_entry, std::chrono::steady_clock> {
    plain_entry() { ++open_connections; }
    ~plain_entry() { --open_connections; }
    plain_entry(const plain_entry&) = delete;
    plain_entry& operator=(const plain_entry&) = delete;
    bool reusable() const noexcept { return healthy; }
    bool broken() const noexcept { return !healthy; }
    bool closed_by_peer() const noexcept { return !healthy; }

    std::atomic<bool> healthy = true;
};

using engine = dsql::detail::pool_engine<plain_entry, std::chrono::steady_clock>;

constexpr int most = 6;

bool is_transient(const std::exception& failure) {
    return dynamic_cast<const std::bad_alloc*>(&failure) != nullptr ||
           std::string(failure.what()) == "server away";
}

// An engine with a maintenance thread, like a pool.
class pool_under_test {
public:
    explicit pool_under_test(unsigned seed)
        : connects_(seed),
          engine_(std::make_shared<engine>(
              dsql::detail::pool_limits{
                  .max_connections = most,
                  .min_connections = static_cast<int>(seed % 3),
                  .min_idle_connections = static_cast<int>(seed / 3 % 2),
                  .max_lifetime = seed % 5 == 0 ? 1s : 1h,
                  .lifetime_jitter = 0.5,
                  .max_idle_time = 1h,
                  .health_check_period = 1h,
                  .acquire_timeout = 1h,  // only a caller that was forgotten waits this long
                  .max_concurrent_connects = 3,
                  .leak_threshold = 1ms},
              engine::factory{.make = [this](const std::stop_token&, bool&) { return connect(); },
                              .is_transient = &is_transient,
                              .retrying =
                                  [](const dsql::retry_event&) {
                                  }},
              [this] { maintenance_.wake(); })),
          maintenance_([kept = engine_] {
              return kept->maintain([](const dsql::source_location&, std::chrono::milliseconds) {});
          }) {}
    ~pool_under_test() {
        engine_->close();
        maintenance_.stop();
    }
    pool_under_test(const pool_under_test&) = delete;
    pool_under_test& operator=(const pool_under_test&) = delete;

    engine& operator*() const { return *engine_; }
    engine* operator->() const { return engine_.get(); }

private:
    // Every eighth connect fails, alternately with a permanent and a transient error.
    std::unique_ptr<plain_entry> connect() {
        const unsigned number = ++connects_;
        if (number % 8 == 3) {
            throw std::runtime_error(number % 16 == 3 ? "server away" : "refused");
        }
        return std::make_unique<plain_entry>();
    }

    std::atomic<unsigned> connects_;
    const std::shared_ptr<engine> engine_;
    dsql::detail::maintenance_thread maintenance_;
};

// The connections that a program holds, in a list that allocates nothing.
class user {
public:
    user(engine& pool, unsigned seed) : pool_(pool), random_(seed) {}
    ~user() {
        while (count_ > 0) {
            pool_.release(held_[--count_]);
        }
    }
    user(const user&) = delete;
    user& operator=(const user&) = delete;

    // Runs one operation. An operation that throws has acquired nothing; it may have released
    // connections.
    void operate() {
        try {
            operate_or_throw();
        } catch (const std::exception&) {
            ++failures;
        }
    }

    int failures = 0;

private:
    void operate_or_throw() {
        const auto dice = random_() % 16;
        if (count_ < most && dice < 4) {
            hold(pool_.acquire());
        } else if (count_ < most && dice == 4) {
            hold(pool_.acquire(dsql::within{1ms}));
        } else if (count_ < most && dice == 5) {
            const std::stop_source stop;
            hold(pool_.acquire(stop.get_token()));
        } else if (dice == 6) {
            for (plain_entry* const entry : pool_.acquire_all_idle()) {
                hold(entry);
            }
        } else if (dice == 7) {
            pool_.reset();
        } else if (dice == 8) {
            pool_.warm_up(static_cast<int>(random_() % most) + 1,
                          std::chrono::steady_clock::now() + 1ms);
        } else if (count_ > 0) {
            give_back(dice);
        }
    }

    void hold(plain_entry* entry) noexcept { held_[count_++] = entry; }

    void give_back(std::minstd_rand::result_type dice) {
        plain_entry* const entry = held_[--count_];
        entry->healthy = dice != 9;
        switch (dice) {
            case 10:
                return pool_.discard(entry);
            case 11:
                static_cast<void>(pool_.hijack(entry));
                return;
            case 12:
                return pool_.reject(entry, true);
            default:
                pool_.release(entry);
        }
    }

    engine& pool_;
    std::minstd_rand random_;
    plain_entry* held_[most] = {};
    int count_ = 0;
};

// Acquires all connections at once. If the pool has lost one, this waits for ever.
void expect_nothing_lost(engine& pool) {
    const dsql::pool_stat before = pool.stat();
    EXPECT_EQ(before.acquired_connections, 0);
    EXPECT_EQ(before.waiting, 0);
    plain_entry* held[most] = {};
    for (plain_entry*& one : held) {
        while (one == nullptr) {
            try {
                one = pool.acquire();
            } catch (const std::exception&) {
                continue;  // a connect failed with a permanent error
            }
        }
    }
    EXPECT_EQ(pool.stat().acquired_connections, most);
    for (plain_entry* const one : held) {
        pool.release(one);
    }
    EXPECT_EQ(pool.stat().acquired_connections, 0);
}

// Returns how often the resource was requested.
std::uint64_t run_with_failures(resource what, std::uint64_t nth, std::uint64_t times,
                                unsigned seed) {
    std::uint64_t asked = 0;
    {
        const pool_under_test pool(seed);
        {
            user program(*pool, seed);
            shortage::fail(what, nth, times);
            for (int i = 0; i < 60; ++i) {
                program.operate();
            }
        }
        asked = shortage::end();
        expect_nothing_lost(*pool);
        if (nth % 2 == 0) {
            // Closing the pool must not need the resource.
            shortage::fail(what, 1, ~std::uint64_t{0});
            pool->close();
            shortage::end();
            EXPECT_EQ(pool->stat().total_connections, 0);
        }
    }
    EXPECT_EQ(open_connections, 0);
    return asked;
}

unsigned first_seed() {
    const char* const given = std::getenv("DSQL_TEST_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    std::cout << "DSQL_TEST_SEED=" << seed << '\n';
    return seed;
}

class PoolEngineShortage : public testing::TestWithParam<resource> {};

TEST_P(PoolEngineShortage, EachSingleRequestFails) {
    const unsigned seed = first_seed();
    for (unsigned sequence = 0; sequence < 4; ++sequence) {
        std::uint64_t nth = 0;
        do {
            ++nth;
            SCOPED_TRACE("request " + std::to_string(nth) + " of sequence " +
                         std::to_string(seed + sequence));
            if (run_with_failures(GetParam(), nth, 1, seed + sequence) < nth) {
                break;
            }
        } while (!HasFailure());
    }
}

TEST_P(PoolEngineShortage, ManyRequestsFail) {
    const unsigned seed = first_seed();
    for (unsigned sequence = 0; sequence < 40 && !HasFailure(); ++sequence) {
        SCOPED_TRACE("sequence " + std::to_string(seed + sequence));
        run_with_failures(GetParam(), 1 + sequence % 7, 1 + sequence % 4, seed + sequence);
    }
}

// Only the maintenance thread can find out that threads can be started again.
TEST(PoolEngineThreadShortage, DelaysAnAcquireAndDoesNotFailIt) {
    // This seed sets no minimum, so that the only thread is for this acquire.
    const pool_under_test pool(6);
    shortage::fail(resource::threads, 1, 2);
    plain_entry* const entry = pool->acquire();
    EXPECT_GE(shortage::end(), 3U);
    EXPECT_EQ(pool->stat().connect_errors, 2);
    pool->release(entry);
}

TEST(PoolEngineThreadShortage, DelaysAWarmUpAndDoesNotFailIt) {
    const pool_under_test pool(6);
    shortage::fail(resource::threads, 2, 2);
    pool->warm_up(2, std::chrono::steady_clock::time_point::max());
    EXPECT_GE(shortage::end(), 4U);
}

INSTANTIATE_TEST_SUITE_P(Resources, PoolEngineShortage,
                         testing::Values(resource::memory, resource::threads),
                         [](const testing::TestParamInfo<resource>& what) {
                             return what.param == resource::memory ? "Memory" : "Threads";
                         });

}  // namespace pool_engine_shortage_test
