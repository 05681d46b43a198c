// SPDX-License-Identifier: Apache-2.0
#include "pg/io/blocking_driver.hpp"

#include "support/without_descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <latch>
#include <stop_token>
#include <thread>
#include <vector>

namespace blocking_driver_test {

using dsql::pg::deadline;
using dsql::pg::operation;
using dsql::pg::run;
using dsql::pg::wait_for;
using dsql::pg::wait_result;
using namespace std::chrono_literals;

// Waits, step by step, for the events that a script lists, on one end of a socket pair.
class scripted_operation final : public operation {
public:
    explicit scripted_operation(std::vector<wait_for> script) : script_(std::move(script)) {
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    }
    ~scripted_operation() override {
        close(ends_[0]);
        close(ends_[1]);
    }

    wait_for step() override { return script_.at(steps_++); }
    [[nodiscard]] int socket() const override { return ends_[0]; }

    void make_readable() const { EXPECT_EQ(write(ends_[1], "x", 1), 1); }
    [[nodiscard]] std::size_t steps() const noexcept { return steps_; }

private:
    std::vector<wait_for> script_;
    std::size_t steps_ = 0;
    int ends_[2] = {-1, -1};
};

TEST(BlockingDriver, StepsUntilDone) {
    scripted_operation work(
        {wait_for::writable, wait_for::readable_or_writable, wait_for::readable, wait_for::done});
    work.make_readable();
    EXPECT_EQ(run(work, deadline(60s), {}), wait_result::ready);
    EXPECT_EQ(work.steps(), 4U);
}

// An operation whose steps each take longer than the longest allowed wait, and that never waits.
class slow_operation final : public operation {
public:
    wait_for step() override {
        std::this_thread::sleep_for(30ms);
        return --left_ == 0 ? wait_for::done : wait_for::writable;
    }
    [[nodiscard]] int socket() const override { return ends_.socket(); }

private:
    scripted_operation ends_{{}};
    int left_ = 5;
};

TEST(BlockingDriver, TheLongestWaitAppliesToEachWait) {
    slow_operation slow;
    EXPECT_EQ(run(slow, deadline(), {}, {}, 20ms), wait_result::ready);
    scripted_operation stalled({wait_for::writable, wait_for::readable, wait_for::done});
    EXPECT_EQ(run(stalled, deadline(), {}, {}, 20ms), wait_result::timed_out);
    EXPECT_EQ(stalled.steps(), 2U);
    scripted_operation late({wait_for::readable, wait_for::done});
    EXPECT_EQ(run(late, deadline(20ms), {}, {}, 1h), wait_result::timed_out);
}

TEST(BlockingDriver, ADeadlineEndsTheWait) {
    scripted_operation work({wait_for::readable, wait_for::done});
    EXPECT_EQ(run(work, deadline(20ms), {}), wait_result::timed_out);
    EXPECT_EQ(work.steps(), 1U);
}

TEST(BlockingDriver, ADeadlineEndsAnOperationThatNeverWaits) {
    scripted_operation work({wait_for::readable, wait_for::readable, wait_for::done});
    work.make_readable();
    EXPECT_EQ(run(work, deadline(0ms), {}), wait_result::timed_out);
    EXPECT_EQ(work.steps(), 1U);
}

TEST(BlockingDriver, AStopEndsTheWait) {
    scripted_operation work({wait_for::readable, wait_for::done});
    std::stop_source source;
    std::jthread stopper([&] { source.request_stop(); });
    EXPECT_EQ(run(work, deadline(), source.get_token()), wait_result::stopped);
}

TEST(BlockingDriver, AStopBeforeTheFirstStepCounts) {
    scripted_operation work({wait_for::readable, wait_for::done});
    std::stop_source source;
    source.request_stop();
    EXPECT_EQ(run(work, deadline(), source.get_token()), wait_result::stopped);
}

TEST(BlockingDriver, AStopEndsTheWaitWithoutAFreeDescriptor) {
    const std::stop_source never;
    for (const bool as_first : {true, false}) {
        scripted_operation work({wait_for::readable, wait_for::done});
        std::stop_source source;
        const std::stop_token token = source.get_token();
        std::latch started(1);
        std::latch without(1);
        // Started before the descriptors run out, because starting a thread under a tool may need
        // one.
        const std::jthread stopper([&] {
            started.count_down();
            without.wait();
            source.request_stop();
        });
        started.wait();
        const without_descriptors none;
        without.count_down();
        EXPECT_EQ(as_first ? run(work, deadline(), token, never.get_token())
                           : run(work, deadline(), never.get_token(), token),
                  wait_result::stopped);
    }
}

}  // namespace blocking_driver_test
