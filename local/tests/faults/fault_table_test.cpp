// SPDX-License-Identifier: Apache-2.0
#include "faults/fault_table.hpp"

#include "faults/fault_request.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace fault_table_test {

using namespace dsql_local;

int count_strikes(fault_table& faults, fault which, int tries) {
    int strikes = 0;
    for (int i = 0; i < tries; ++i) {
        strikes += faults.strike(which) ? 1 : 0;
    }
    return strikes;
}

TEST(fault_table, names_and_faults_belong_together) {
    for (std::size_t i = 0; i < fault_count; ++i) {
        const auto which = static_cast<fault>(i);
        EXPECT_EQ(find_fault(fault_name(which)), which);
    }
    EXPECT_EQ(fault_name(fault::close_after), "close-after");
    EXPECT_FALSE(find_fault("no-such"));
}

TEST(fault_table, a_fault_strikes_as_often_as_it_is_told) {
    fault_table faults(0);
    EXPECT_EQ(count_strikes(faults, fault::delay, 10), 0);
    faults.set(fault::delay, {.times = 3, .value = "5"});
    EXPECT_EQ(count_strikes(faults, fault::data_conflict, 10), 0);
    EXPECT_EQ(faults.strike(fault::delay), "5");
    EXPECT_EQ(count_strikes(faults, fault::delay, 10), 2);
    ASSERT_EQ(faults.list().size(), 1U);
    EXPECT_EQ(faults.list()[0].strikes, 3U);
    EXPECT_EQ(faults.list()[0].setting.times, 0U);
    faults.clear(fault::delay);
    EXPECT_TRUE(faults.list().empty());
}

TEST(fault_table, the_seed_decides_how_the_dice_fall) {
    const auto fall = [](std::uint64_t seed) {
        fault_table faults(seed);
        faults.set(fault::waking_up, {.probability = 0.5});
        std::string strikes;
        for (int i = 0; i < 64; ++i) {
            strikes += faults.strike(fault::waking_up) ? '1' : '0';
        }
        return strikes;
    };
    EXPECT_EQ(fall(1), fall(1));
    EXPECT_NE(fall(1), fall(2));
    EXPECT_NE(fall(1).find('0'), std::string::npos);
    EXPECT_NE(fall(1).find('1'), std::string::npos);
}

TEST(fault_table, threads_share_the_strikes) {
    fault_table faults(0);
    faults.set(fault::data_conflict, {.times = 1000});
    std::atomic<int> strikes{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { strikes += count_strikes(faults, fault::data_conflict, 1000); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(strikes, 1000);
}

TEST(fault_request, sets_lists_and_clears) {
    fault_table faults(0);
    EXPECT_EQ(handle_fault_request(faults, "list\n"), "ok\n");
    EXPECT_EQ(handle_fault_request(faults, "set delay value=5 times=2 probability=0.5"), "ok\n");
    EXPECT_EQ(handle_fault_request(faults, "set waking-up"), "ok\n");
    EXPECT_EQ(handle_fault_request(faults, "list"),
              "waking-up probability=1 times=unlimited value= strikes=0\n"
              "delay probability=0.5 times=2 value=5 strikes=0\nok\n");
    EXPECT_EQ(handle_fault_request(faults, "clear delay"), "ok\n");
    EXPECT_EQ(faults.list().size(), 1U);
    EXPECT_EQ(handle_fault_request(faults, "clear"), "ok\n");
    EXPECT_TRUE(faults.list().empty());
}

TEST(fault_request, says_what_is_wrong) {
    fault_table faults(0);
    for (const char* line :
         {"", "what", "list all", "set", "set no-such", "set delay", "set delay value=-1",
          "set delay value=1x", "set close-after value=0", "set waking-up value=1",
          "set server-unavailable-at-commit value=maybe", "set waking-up times=0",
          "set waking-up times=x", "set waking-up probability=0", "set waking-up probability=1.5",
          "set waking-up probability=nan", "set waking-up when=now", "clear no-such",
          "clear delay waking-up"}) {
        EXPECT_EQ(handle_fault_request(faults, line).substr(0, 6), "error ") << line;
    }
    EXPECT_TRUE(faults.list().empty());
}

TEST(close_after_fault, counts_from_when_the_fault_is_set) {
    fault_table faults(0);
    close_after_fault session(faults);
    std::size_t size = 100;
    EXPECT_FALSE(session.cut(size));
    faults.set(fault::close_after, {.value = "150"});
    EXPECT_FALSE(session.cut(size));
    EXPECT_EQ(size, 100U);
    EXPECT_TRUE(session.cut(size));
    EXPECT_EQ(size, 50U);
    EXPECT_EQ(faults.list()[0].strikes, 1U);
}

}  // namespace fault_table_test
