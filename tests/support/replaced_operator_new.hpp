// SPDX-License-Identifier: Apache-2.0
// Replaces operator new and delete in the one program whose one source includes it. That source
// says what an allocation is.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

/// What operator new calls: throws `std::bad_alloc` for none.
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
