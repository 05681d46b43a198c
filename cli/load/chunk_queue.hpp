// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "load/chunk.hpp"
#include "load/load_ledger.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace dsql_cli::load {

/// A chunk to load.
struct queued_chunk {
    chunk loaded{};
    chunk_state state{};              ///< what is done of it
    std::uint64_t file_position = 0;  ///< how much of the file was read after it
};

/// Passes chunks from the reader to the connections, and holds the reader up when they are slower,
/// so that the memory in use does not depend on the file. Safe from any thread.
class chunk_queue {
public:
    explicit chunk_queue(std::size_t capacity) : capacity_(capacity) {}

    /// Adds a chunk, when there is room. Returns false if the queue was closed.
    bool push(queued_chunk added) {
        std::unique_lock lock(mutex_);
        has_room_.wait(lock, [&] { return is_closed_ || chunks_.size() < capacity_; });
        if (is_closed_) {
            return false;
        }
        chunks_.push_back(std::move(added));
        has_chunk_.notify_one();
        return true;
    }

    /// Takes a chunk, when there is one; none after the end.
    [[nodiscard]] std::optional<queued_chunk> pop() {
        std::unique_lock lock(mutex_);
        has_chunk_.wait(lock, [&] { return is_closed_ || is_complete_ || !chunks_.empty(); });
        if (is_closed_ || chunks_.empty()) {
            return std::nullopt;
        }
        queued_chunk taken = std::move(chunks_.front());
        chunks_.pop_front();
        has_room_.notify_one();
        return taken;
    }

    /// No more chunks will come.
    void complete() {
        const std::lock_guard lock(mutex_);
        is_complete_ = true;
        has_chunk_.notify_all();
    }

    /// Ends everything, because a thread has failed. Chunks in the queue are not loaded.
    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        has_chunk_.notify_all();
        has_room_.notify_all();
    }

private:
    std::mutex mutex_{};
    std::condition_variable has_room_{};
    std::condition_variable has_chunk_{};
    std::size_t capacity_;
    std::deque<queued_chunk> chunks_{};  // guarded by mutex_, like the flags
    bool is_complete_ = false;
    bool is_closed_ = false;
};

}  // namespace dsql_cli::load
