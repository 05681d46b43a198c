// SPDX-License-Identifier: Apache-2.0
#include "pool/maintenance_thread.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <semaphore>

namespace maintenance_test {

using dsql::detail::maintenance;
using namespace std::chrono_literals;

TEST(Maintenance, WorksAtOnceAndWhenWoken) {
    std::counting_semaphore<> worked(0);
    maintenance thread([&] {
        worked.release();
        return 1h;
    });
    worked.acquire();
    thread.wake();
    worked.acquire();
}

TEST(Maintenance, WorksAgainWhenItSaid) {
    std::counting_semaphore<> worked(0);
    maintenance thread([&] {
        worked.release();
        return 1ms;
    });
    for (int i = 0; i < 5; ++i) {
        worked.acquire();
    }
}

TEST(Maintenance, StopEndsTheThread) {
    std::binary_semaphore started(0);
    maintenance thread([&] {
        started.release();
        return 1h;
    });
    started.acquire();
    thread.stop();
    thread.stop();
}

}  // namespace maintenance_test
