// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/row_reader.hpp>
#include <dsql/result.hpp>

#include <cstddef>
#include <utility>

namespace dsql {

/// The rows of a result as `Ts...`: each a tuple, for structured bindings, or the aggregate for one
/// aggregate type. A range; values are read as it is walked, without an allocation of its own.
/// Views among the values point into this object. Owns its rows; movable, but not while it is
/// walked. Reading is safe from any number of threads.
template <class... Ts>
class rows {
public:
    /// What a row is read as.
    using row_type = typename detail::row_reader<Ts...>::row_type;

    /// Checks the columns against `Ts...`, once. Throws `conversion_error` where they do not match.
    explicit rows(result untyped)
        : untyped_(std::move(untyped)), reader_(untyped_.native_handle()) {}

    /// Number of rows.
    [[nodiscard]] int size() const noexcept { return untyped_.size(); }
    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return untyped_.empty(); }
    /// Throws `std::out_of_range` for a row that is not there, `conversion_error` for a value that
    /// does not fit.
    [[nodiscard]] row_type operator[](int index) const {
        static_cast<void>(untyped_[index]);
        return read(index);
    }
    /// The same rows without types.
    [[nodiscard]] const result& untyped() const noexcept { return untyped_; }

    /// Walks the rows in order. Reading a row throws `conversion_error` for a value that does not
    /// fit.
    class iterator {
    public:
        /// What a forward iterator has.
        ///@{
        using value_type = row_type;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        [[nodiscard]] row_type operator*() const { return of_->read(index_); }
        iterator& operator++() noexcept {
            ++index_;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            ++index_;
            return before;
        }
        [[nodiscard]] bool operator==(const iterator& other) const noexcept {
            return index_ == other.index_;
        }
        ///@}

    private:
        friend class rows;
        iterator(const rows* of, int index) noexcept : of_(of), index_(index) {}
        const rows* of_ = nullptr;
        int index_ = 0;
    };

    /// The first row.
    [[nodiscard]] iterator begin() const noexcept { return {this, 0}; }
    /// Behind the last row.
    [[nodiscard]] iterator end() const noexcept { return {this, size()}; }

private:
    [[nodiscard]] row_type read(int index) const {
        return reader_.read(untyped_.native_handle(), index);
    }

    result untyped_;
    detail::row_reader<Ts...> reader_;
};

}  // namespace dsql
