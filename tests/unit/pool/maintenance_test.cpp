// SPDX-License-Identifier: Apache-2.0
#include "pool/maintenance.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

namespace {

using dsql::detail::maintenance;
using namespace std::chrono_literals;

TEST(Maintenance, WorksAtOnceAndWhenWoken) {
    std::counting_semaphore<> worked(0);
    maintenance thread(1h, [&](const std::stop_token&) { worked.release(); });
    worked.acquire();
    thread.wake();
    worked.acquire();
}

TEST(Maintenance, WorksEveryPeriod) {
    std::counting_semaphore<> worked(0);
    maintenance thread(1ms, [&](const std::stop_token&) { worked.release(); });
    for (int i = 0; i < 5; ++i) {
        worked.acquire();
    }
}

TEST(Maintenance, StopEndsTheThreadAndTellsTheWork) {
    std::atomic<bool> told = false;
    std::binary_semaphore started(0);
    maintenance thread(1h, [&](const std::stop_token& stop) {
        std::stop_callback on_stop(stop, [&] { told = true; });
        started.release();
        while (!told) {
            std::this_thread::yield();
        }
    });
    started.acquire();
    thread.stop();
    EXPECT_TRUE(told);
    thread.stop();
}

}  // namespace
