// SPDX-License-Identifier: Apache-2.0
#include <dsql/byte_writer.hpp>

#include <algorithm>
#include <limits>
#include <new>

namespace dsql {

void byte_writer::grow(std::size_t count) {
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 2;
    if (size_ > most || count > most - size_) {
        throw std::bad_alloc();
    }
    const std::size_t capacity = std::max(size_ + count, 2 * capacity_);
    // make_unique would first set every byte to zero.
    std::unique_ptr<char[]> bigger(new char[capacity]);
    std::memcpy(bigger.get(), begin_, size_);
    heap_ = std::move(bigger);
    begin_ = heap_.get();
    capacity_ = capacity;
}

}  // namespace dsql
