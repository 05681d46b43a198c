// SPDX-License-Identifier: Apache-2.0
#include "system/process_activity.hpp"

#include "system/files.hpp"
#include "system/process.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <chrono>
#include <string>

namespace process_activity_test {

using namespace dsql_local;
using namespace std::chrono_literals;

class process_activity : public testing::Test {
protected:
    // A service, because its children are killed with it.
    child_options shell(const std::string& script) const {
        child_options options{.arguments = {"/bin/sh", "-c", script},
                              .environment = changed_environment({})};
        options.service_log = directory_.path() / "log";
        return options;
    }

    const temporary_directory directory_{"/tmp"};
};

TEST_F(process_activity, what_a_process_or_its_child_does_is_seen) {
    const std::string loop = "while :; do :; done";
    for (const std::string& script : {loop, "(" + loop + ") & wait"}) {
        child_process busy(shell(script));
        const auto before = read_activity(busy.id());
        while (read_activity(busy.id()).processor_time <= before.processor_time) {
        }
        EXPECT_TRUE(read_activity(busy.id()).differs_from(before));
    }
}

TEST_F(process_activity, the_end_of_a_process_is_waited_for) {
    child_process ending(shell("exit 7"));
    EXPECT_TRUE(wait_while_active(ending, 60s));
    ASSERT_TRUE(ending.poll());
    EXPECT_EQ(WEXITSTATUS(*ending.poll()), 7);
}

TEST_F(process_activity, an_idle_process_is_given_up) {
    child_process idle(shell("sleep 1000"));
    EXPECT_FALSE(wait_while_active(idle, 200ms));
    EXPECT_FALSE(idle.poll());
}

TEST_F(process_activity, children_count) {
    child_process parent(shell("sleep 1000 & sleep 1000 & wait"));
    dsql_local::process_activity activity = read_activity(parent.id());
    while (activity.processes < 3) {  // until both have started
        activity = read_activity(parent.id());
    }
    EXPECT_EQ(activity.processes, 3U);
}

}  // namespace process_activity_test
