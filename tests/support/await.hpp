// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

/// Waits until a condition becomes true that another thread or the server brings about.
template <class Condition>
void await(Condition condition) {
    while (!condition()) {
        std::this_thread::yield();
    }
}
