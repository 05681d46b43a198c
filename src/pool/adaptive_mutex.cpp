// SPDX-License-Identifier: Apache-2.0
#include "pool/adaptive_mutex.hpp"

namespace dsql::detail {

namespace {

constexpr int looks = 10;
constexpr int pauses_between = 40;  // of some ten nanoseconds each

// Leaves the processor to whoever shares it, where it can be told to.
void relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace

void brief_mutex::lock_slowly() noexcept {
    for (int look = 0; look < looks; ++look) {
        for (int i = 0; i < pauses_between; ++i) {
            relax();
        }
        if (try_lock()) {
            return;
        }
    }
    while (state_.exchange(awaited, std::memory_order_acquire) != open) {
        state_.wait(awaited, std::memory_order_relaxed);
    }
}

}  // namespace dsql::detail
