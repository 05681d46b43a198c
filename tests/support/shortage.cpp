// SPDX-License-Identifier: Apache-2.0
#include "support/shortage.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace shortage {

namespace {

constinit std::atomic<int> armed = 0;  // the number of the resource plus 1; 0: none
constinit std::atomic<std::uint64_t> asked = 0;
constinit std::atomic<std::uint64_t> first_failure = 0;
constinit std::atomic<std::uint64_t> failures = 0;
constinit std::atomic<long> blocks = 0;

// Counts one request. Returns whether it must fail.
bool strikes(resource what) noexcept {
    if (armed.load(std::memory_order_acquire) != static_cast<int>(what) + 1) {
        return false;
    }
    const std::uint64_t number = ++asked;
    return number >= first_failure && number - first_failure < failures;
}

}  // namespace

void fail(resource what, std::uint64_t nth, std::uint64_t times) noexcept {
    armed = 0;
    asked = 0;
    first_failure = nth;
    failures = times;
    armed.store(static_cast<int>(what) + 1, std::memory_order_release);
}

std::uint64_t end() noexcept {
    armed = 0;
    return asked;
}

std::uint64_t failed() noexcept {
    const std::uint64_t first = first_failure;
    const std::uint64_t requests = asked;
    return requests < first ? 0 : std::min<std::uint64_t>(requests - first + 1, failures);
}

long live_blocks() noexcept {
    return blocks;
}

}  // namespace shortage

// The original functions of glibc, under the names that it exports for programs that replace
// malloc.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* block, std::size_t size);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t size);

// NOLINTBEGIN(cppcoreguidelines-no-malloc)
void* operator new(std::size_t size) {
    void* const memory =
        shortage::strikes(shortage::resource::memory) ? nullptr : __libc_malloc(size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    ++shortage::blocks;
    return memory;
}
void* operator new[](std::size_t size) {
    return operator new(size);
}
void operator delete(void* memory) noexcept {
    shortage::blocks -= memory == nullptr ? 0 : 1;
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    operator delete(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    operator delete(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    operator delete(memory);
}
// NOLINTEND(cppcoreguidelines-no-malloc)

// The dynamic linker resolves the calls of all shared libraries to these functions.
#define DSQL_REPLACED extern "C" __attribute__((visibility("default")))

static bool c_memory_is_short() noexcept {
    if (!shortage::strikes(shortage::resource::c_memory)) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

DSQL_REPLACED void* malloc(std::size_t size) noexcept {
    return c_memory_is_short() ? nullptr : __libc_malloc(size);
}
DSQL_REPLACED void* calloc(std::size_t count, std::size_t size) noexcept {
    return c_memory_is_short() ? nullptr : __libc_calloc(count, size);
}
DSQL_REPLACED void* realloc(void* block, std::size_t size) noexcept {
    return c_memory_is_short() ? nullptr : __libc_realloc(block, size);
}
DSQL_REPLACED void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return c_memory_is_short() ? nullptr : __libc_memalign(alignment, size);
}
DSQL_REPLACED void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return c_memory_is_short() ? nullptr : __libc_memalign(alignment, size);
}
DSQL_REPLACED int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
    void* const made = memalign(alignment, size);
    *block = made == nullptr ? *block : made;
    return made == nullptr ? ENOMEM : 0;
}

// The standard library starts its threads with this function.
DSQL_REPLACED int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                 void* (*start)(void*), void* argument) noexcept {
    using function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto original = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_create"));
    if (shortage::strikes(shortage::resource::threads)) {
        return EAGAIN;
    }
    return original(thread, attributes, start, argument);
}
