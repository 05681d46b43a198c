// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/row_reader.hpp>
#include <dsql/result.hpp>

#include <cstddef>
#include <utility>

namespace dsql {

/// The rows of a result as `Ts...`: each a tuple, for structured bindings, or the aggregate for one
/// aggregate type. A range that reads values during the iteration and allocates nothing itself.
/// Owns the result. Views among the values point into the result, and stay valid when this object
/// is moved. Movable, but not during an iteration; a moved-from object is empty. Reading is
/// thread-safe.
///
/// Iterators of a temporary, and rows with views of a temporary, would dangle and do not compile.
template <class... Ts>
class rows {
    static constexpr bool borrowing = detail::row_reader<Ts...>::borrowing;

public:
    /// The type of a row.
    using row_type = typename detail::row_reader<Ts...>::row_type;

    /// Checks the columns against `Ts...`, once. Throws `conversion_error` where they do not match.
    explicit rows(result untyped)
        : untyped_(std::move(untyped)),
          reader_(detail::naming_statement(
              untyped_.origin_.get(),
              [this] { return detail::row_reader<Ts...>(untyped_.native_handle()); })),
          size_(untyped_.size()) {}
    /// Takes the rows over; the other has none.
    rows(rows&& other) noexcept
        : untyped_(std::move(other.untyped_)),
          reader_(other.reader_),
          size_(std::exchange(other.size_, 0)) {}
    /// Takes the rows over; the other has none.
    rows& operator=(rows&& other) noexcept {
        untyped_ = std::move(other.untyped_);
        reader_ = other.reader_;
        const int size = std::exchange(other.size_, 0);
        size_ = size;  // last: it may be assigned to itself
        return *this;
    }
    ~rows() = default;

    /// Number of rows.
    [[nodiscard]] int size() const noexcept { return size_; }
    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    /// A row, counted from 0. Throws `std::out_of_range` for a row that is not there,
    /// `conversion_error` for a value that does not fit.
    ///@{
    [[nodiscard]] row_type operator[](int index) const& { return read(index); }
    [[nodiscard]] row_type operator[](int index) const&& requires(!borrowing) {
        return read(index);
    }
    row_type operator[](int index) const&& requires(borrowing) = delete;
    ///@}
    /// The result that holds the rows. Called on a temporary, moves it out.
    [[nodiscard]] const result& untyped() const& noexcept { return untyped_; }
    [[nodiscard]] result untyped() && noexcept {
        size_ = 0;
        return std::move(untyped_);
    }

    /// Walks the rows in order. Reading a row throws `conversion_error` for a value that does not
    /// fit, and `std::out_of_range` where there is no row.
    class iterator {
    public:
        /// What a forward iterator has.
        ///@{
        using value_type = row_type;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        [[nodiscard]] row_type operator*() const {
            if (of_ == nullptr) [[unlikely]] {
                detail::throw_out_of_range("row", index_, "an iterator of nothing", 0);
            }
            return of_->read(index_);
        }
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

    /// The first row. Not of a temporary, which the iterator would outlive.
    [[nodiscard]] iterator begin() const& noexcept { return {this, 0}; }
    iterator begin() const&& = delete;
    /// The end of the rows.
    [[nodiscard]] iterator end() const& noexcept { return {this, size()}; }
    iterator end() const&& = delete;

private:
    [[nodiscard]] row_type read(int index) const {
        const detail::statement_origin* const origin = untyped_.origin_.get();
        if (index < 0 || index >= size_) [[unlikely]] {
            detail::throw_out_of_range("row", index, "a result", size_, origin);
        }
        return detail::naming_statement(
            origin, [this, index] { return reader_.read(untyped_.native_handle(), index); });
    }

    result untyped_;
    detail::row_reader<Ts...> reader_;
    int size_;  // of untyped_, kept here for reading rows
};

}  // namespace dsql
