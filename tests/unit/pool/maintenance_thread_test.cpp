// SPDX-License-Identifier: Apache-2.0
#include "pool/maintenance_thread.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <semaphore>

namespace maintenance_thread_test {

using dsql::detail::maintenance_thread;
using namespace std::chrono_literals;

TEST(MaintenanceThread, RunsAtOnceAndWhenWoken) {
    std::counting_semaphore<> worked(0);
    maintenance_thread thread([&] {
        worked.release();
        return 1h;
    });
    worked.acquire();
    thread.wake();
    worked.acquire();
}

TEST(MaintenanceThread, RunsAgainAfterTheReturnedTime) {
    std::counting_semaphore<> worked(0);
    maintenance_thread thread([&] {
        worked.release();
        return 1ms;
    });
    for (int i = 0; i < 5; ++i) {
        worked.acquire();
    }
}

TEST(MaintenanceThread, StopEndsTheThread) {
    std::binary_semaphore started(0);
    maintenance_thread thread([&] {
        started.release();
        return 1h;
    });
    started.acquire();
    thread.stop();
    thread.stop();
}

}  // namespace maintenance_thread_test
