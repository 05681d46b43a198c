// SPDX-License-Identifier: Apache-2.0
#include "fork_mark.hpp"

#include <pthread.h>

#include <system_error>

namespace dsql::detail {

constinit std::atomic<unsigned> fork_mark::forks = 0;

namespace {

// When the library is loaded and not at the first use, because a variable that another thread is
// initializing at a fork stays so in the child for ever.
const int fork_mark_failure = pthread_atfork(nullptr, nullptr, [] { fork_mark::disown_all(); });

}  // namespace

fork_mark::fork_mark() : made_at_(forks.load(std::memory_order_relaxed)) {
    if (fork_mark_failure != 0) {
        throw std::system_error(fork_mark_failure, std::generic_category(), "pthread_atfork");
    }
}

}  // namespace dsql::detail
