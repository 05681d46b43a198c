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

/// What the pool keeps beside each connection. Guarded by the pool's mutex.
template <class Entry, class Clock>
struct pool_slot {
    pool_engine<Entry, Clock>* owner = nullptr;
    /// Set when the pool is closed while the connection is on loan: keeps the engine alive until it
    /// comes back, at no cost before.
    std::shared_ptr<pool_engine<Entry, Clock>> keep_owner{};
    std::size_t position = 0;  ///< in the pool's list of all connections
    std::uint64_t id = 0;      ///< never used again, unlike the address
    int generation = 0;        ///< how many resets it has seen
    typename Clock::time_point expires_at{};
    typename Clock::time_point replace_at{};  ///< when to connect its replacement
    bool replaced = false;                    ///< its replacement is being connected, or there
    Entry* successor = nullptr;               ///< that replacement, while this one is on loan
    bool is_successor = false;                ///< neither idle nor on loan: waits for its turn
    typename Clock::time_point idle_since{};
    std::uint64_t checked_in_round = 0;  ///< the last round of maintenance that has looked at it
    bool in_use = false;
    bool is_new = true;  ///< has never been given back
    bool leak_reported = false;
    typename Clock::time_point acquired_at{};
    source_location acquired_from{};
    Entry* next_closing = nullptr;  ///< in a closing_list
};

/// Connections that have left a pool and are closed when this list goes, which has to be without
/// the pool's lock. Linked through the entries themselves, so that to take one in never fails: a
/// pool closes connections where nothing can be reported, and must not lose one for want of memory.
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
    Entry* first_ = nullptr;  // owned, as all that follow it
};

}  // namespace dsql::detail
