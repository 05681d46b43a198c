// SPDX-License-Identifier: Apache-2.0
// Replaces operator new and delete. Only one source of a program may include it. That source
// defines what an allocation does.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

/// The function that operator new calls. Throws `std::bad_alloc` to fail the allocation.
void* allocate_in_test(std::size_t size);

void* operator new(std::size_t size) {
    return allocate_in_test(size);
}
void* operator new[](std::size_t size) {
    return allocate_in_test(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete[](void* memory) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);  // NOLINT(cppcoreguidelines-no-malloc)
}
