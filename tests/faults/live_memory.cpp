// SPDX-License-Identifier: Apache-2.0
#include "faults/live_memory.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

namespace {

std::atomic<long> live{0};

}  // namespace

long live_memory::blocks() noexcept {
    return live.load();
}

#if !DSQL_SANITIZED
// Otherwise the shared libraries, also that of operator new, would not see these functions, and
// blocks would be counted that are freed elsewhere, or the other way round.
#pragma GCC visibility push(default)
extern "C" {

// glibc's own names of the functions that are replaced here.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);

static void* counted(void* memory) noexcept {
    live += memory == nullptr ? 0 : 1;
    return memory;
}

void* malloc(std::size_t size) noexcept {
    return counted(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) noexcept {
    return counted(__libc_calloc(count, size));
}
void* realloc(void* memory, std::size_t size) noexcept {
    if (memory == nullptr) {
        return malloc(size);
    }
    void* const moved = __libc_realloc(memory, size);
    live -= moved == nullptr && size == 0 ? 1 : 0;  // it was freed
    return moved;
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
    return counted(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    return memalign(alignment, size);
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
    *memory = memalign(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}
void free(void* memory) noexcept {
    live -= memory == nullptr ? 0 : 1;
    __libc_free(memory);
}
}
#pragma GCC visibility pop
#endif
