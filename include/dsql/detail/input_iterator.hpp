// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <cstddef>
#include <iterator>

namespace dsql::detail {

/// An iterator over an input range, which calls the range's `current`, `advance` and `at_end`.
template <class Range>
class input_iterator {
public:
    using value_type = typename Range::row_type;
    using difference_type = std::ptrdiff_t;

    explicit input_iterator(Range* of) noexcept : of_(of) {}

    [[nodiscard]] value_type operator*() const { return of_->current(); }
    input_iterator& operator++() {
        of_->advance();
        return *this;
    }
    void operator++(int) { of_->advance(); }
    [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return of_->at_end(); }

private:
    Range* of_;
};

}  // namespace dsql::detail
