// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/source_location.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace dsql::detail {

template <class Entry, class Clock>
class pool_engine;

/// The pool's bookkeeping for each connection. Guarded by the pool's mutex.
template <class Entry, class Clock>
struct pool_slot {
    pool_engine<Entry, Clock>* owner = nullptr;
    /// Keeps the engine alive until a connection in use is returned. Set when the pool is closed;
    /// null before, so that an acquire need not count references.
    std::shared_ptr<pool_engine<Entry, Clock>> keep_owner{};
    std::size_t position = 0;  ///< the index in the pool's list of all connections
    std::uint64_t id = 0;      ///< unique, unlike the address, which may be reused
    int generation = 0;        ///< the number of resets of the pool before this connect
    typename Clock::time_point expires_at{};
    typename Clock::time_point replace_at{};  ///< when to connect a replacement
    bool replaced = false;       ///< its replacement is being connected, or is connected
    Entry* successor = nullptr;  ///< the connected replacement, while this one is in use
    bool is_successor = false;   ///< neither idle nor in use: waits to replace another connection
    typename Clock::time_point idle_since{};
    std::uint64_t checked_in_round = 0;  ///< the last round of maintenance that checked it
    bool in_use = false;
    bool is_new = true;  ///< has never been released
    bool leak_reported = false;
    typename Clock::time_point acquired_at{};
    source_location acquired_from{};
    Entry* next_closing = nullptr;  ///< in a closing_list
};

/// Connections that were removed from a pool. The destructor closes them, and must run without the
/// pool's lock. The list is linked through the entries themselves, so that `push` needs no memory:
/// a pool also closes connections in functions that cannot report an error, and must not lose one
/// because memory has run out.
template <class Entry>
class closing_list {
public:
    closing_list() noexcept = default;
    closing_list(const closing_list&) = delete;
    closing_list& operator=(const closing_list&) = delete;
    ~closing_list() {
        while (first_ != nullptr) {
            const std::unique_ptr<Entry> closed(first_);
            first_ = std::exchange(closed->next_closing, nullptr);
        }
    }

    void push(std::unique_ptr<Entry> leaving) noexcept {
        leaving->next_closing = first_;
        first_ = leaving.release();
    }

private:
    Entry* first_ = nullptr;  // the list owns all its entries
};

}  // namespace dsql::detail
