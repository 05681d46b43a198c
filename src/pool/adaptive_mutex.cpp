// SPDX-License-Identifier: Apache-2.0
#include "pool/adaptive_mutex.hpp"

namespace dsql::detail {

namespace {

constexpr int spins = 10;
constexpr int pauses_between = 40;  // each takes some tens of nanoseconds

// Tells the processor that this thread is spinning, on architectures that have an instruction for
// it.
void pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

}  // namespace

void adaptive_mutex::lock_slowly() noexcept {
    for (int spin = 0; spin < spins; ++spin) {
        for (int i = 0; i < pauses_between; ++i) {
            pause();
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
