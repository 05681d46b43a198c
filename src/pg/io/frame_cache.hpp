// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <new>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define DSQL_KEEPS_FRAMES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DSQL_KEEPS_FRAMES 0
#endif
#endif
#ifndef DSQL_KEEPS_FRAMES
#define DSQL_KEEPS_FRAMES 1
#endif

namespace dsql::pg {

/// Provides the memory for the frames of coroutines, and keeps a few freed blocks. A session that
/// runs one statement after the other therefore allocates nothing for its frames. Must outlive the
/// frames. Belongs to one thread at a time.
class frame_cache {
public:
    frame_cache() noexcept = default;
    frame_cache(const frame_cache&) = delete;
    frame_cache& operator=(const frame_cache&) = delete;
    ~frame_cache() {
        for (block* const kept : kept_) {
            ::operator delete(kept);
        }
    }

    /// Returns memory for a frame, from `cache` unless that is null. Throws `std::bad_alloc`.
    [[nodiscard]] static void* allocate(std::size_t size, frame_cache* cache) {
        block* found = cache == nullptr ? nullptr : cache->take(size);
        if (found == nullptr) {
            found = new (::operator new(sizeof(block) + size)) block{.owner = cache, .size = size};
        }
        return found + 1;
    }
    /// Takes back the memory of a frame. Keeps it in the cache that it came from, or frees it.
    static void deallocate(void* frame) noexcept {
        block* const freed = static_cast<block*>(frame) - 1;
        if (freed->owner == nullptr || !freed->owner->keep(freed)) {
            ::operator delete(freed);
        }
    }

private:
    // Stands in front of each frame.
    struct alignas(std::max_align_t) block {
        frame_cache* owner;
        std::size_t size;
    };

    [[nodiscard]] block* take(std::size_t size) noexcept {
        for (block*& kept : kept_) {
            if (kept != nullptr && kept->size >= size) {
                return std::exchange(kept, nullptr);
            }
        }
        return nullptr;
    }
    [[nodiscard]] bool keep(block* freed) noexcept {
        // AddressSanitizer detects the use of a frame after its end only if the memory was freed.
        if constexpr (DSQL_KEEPS_FRAMES != 0) {
            for (block*& kept : kept_) {
                if (kept == nullptr) {
                    kept = freed;
                    return true;
                }
            }
        }
        return false;
    }

    std::array<block*, 4> kept_{};
};

/// An object that provides the memory for the frames of its member functions that are coroutines;
/// null: they are allocated.
template <class T>
concept has_frames = requires(T& owner) {
    { owner.frames() } -> std::same_as<frame_cache*>;
};

}  // namespace dsql::pg
