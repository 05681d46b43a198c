// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

namespace dsql::detail {

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
