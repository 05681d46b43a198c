// SPDX-License-Identifier: Apache-2.0
#include "pg/fork_mark.hpp"

#include <pthread.h>

#include <system_error>

namespace dsql::pg {

std::atomic<unsigned> fork_mark::forks = 0;

fork_mark::fork_mark() : made_at_(watch()) {}

unsigned fork_mark::watch() {
    static const int failure = pthread_atfork(nullptr, nullptr, [] { count(); });
    if (failure != 0) {
        throw std::system_error(failure, std::generic_category(), "pthread_atfork");
    }
    return forks.load(std::memory_order_relaxed);
}

}  // namespace dsql::pg
