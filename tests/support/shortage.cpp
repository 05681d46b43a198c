// SPDX-License-Identifier: Apache-2.0
#include "support/shortage.hpp"

#include "support/replaced_operator_new.hpp"

#include <dlfcn.h>
#include <pthread.h>

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

}  // namespace shortage

void* allocate_in_test(std::size_t size) {
    void* const memory =
        shortage::strikes(shortage::resource::memory) ? nullptr : std::malloc(size);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

// The dynamic linker resolves the standard library's calls to this function too.
extern "C" __attribute__((visibility("default"))) int pthread_create(
    pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
    void* argument) noexcept {
    using function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto original = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_create"));
    if (shortage::strikes(shortage::resource::threads)) {
        return EAGAIN;
    }
    return original(thread, attributes, start, argument);
}
