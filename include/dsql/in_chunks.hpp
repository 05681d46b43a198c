// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/encoded_size.hpp>
#include <dsql/detail/range.hpp>
#include <dsql/error.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>

namespace dsql {

/// How much one transaction may write. A plain value.
struct chunk_limits {
    /// DSQL's limit. Other rows that the transaction modifies count as well, such as the one that
    /// `transact_idempotent` writes. At least 1.
    std::size_t rows = 3'000;
    /// Half of DSQL's 10 MiB, because entries of indexes count as well. At least 1.
    std::size_t bytes = std::size_t{5} * 1024 * 1024;
};

/// Consecutive items of a range, for one transaction. Borrows them.
template <std::forward_iterator Iterator>
class chunk {
public:
    /// `size` items from `begin` to `end`, with `offset` before them.
    chunk(Iterator begin, Iterator end, std::size_t size, std::size_t offset)
        : begin_(begin), end_(end), size_(size), offset_(offset) {}

    /// The first item.
    [[nodiscard]] Iterator begin() const { return begin_; }
    /// The end of the items.
    [[nodiscard]] Iterator end() const { return end_; }
    /// How many; never 0.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// How many items of the range came before this chunk: those are done if this chunk fails.
    [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

private:
    Iterator begin_;
    Iterator end_;
    std::size_t size_;
    std::size_t offset_;
};

// clang-format off
/// Calls `work(chunk)` for one part of the range after the other, in order, each small enough for
/// one transaction of DSQL's (3 000 rows, 10 MiB):
///
/// ```cpp
/// dsql::in_chunks(users, dsql::chunk_limits{.rows = 1'000}, [&](auto part) {
///     dsql::transact(pool, [&](dsql::transaction& tx) {
///         auto copy = tx.copy_in({.table = "users", .columns = {"id", "name", "age"}});
///         for (const user& each : part) {
///             copy.row(each);
///         }
///         copy.finish();
///     });
/// });
/// ```
///
/// `size_of(item)` says how many bytes an item takes; by default that is what its values take when
/// they are sent, as far as that can be told: numbers, text, bytes, times, UUIDs, optionals,
/// containers, tuples and aggregates of these (without base classes and C arrays). An item that is
/// too large by itself gets a chunk of its own. What `work` throws is passed on; the chunks before
/// it are done. Throws `config_error` for limits of 0. Source: Aurora DSQL User Guide, "Cluster
/// quotas and database limits".
// clang-format on
template <class Range, class F, class SizeOf = detail::size_when_sent>
requires detail::forward_iterable<std::remove_reference_t<Range>>
void in_chunks(Range&& items, const chunk_limits& limits, F work, SizeOf size_of = {}) {
    if (limits.rows == 0 || limits.bytes == 0) {
        throw config_error(
            "in_chunks: a limit is less than 1; a chunk has at least one row and one byte");
    }
    std::size_t offset = 0;
    auto begin = detail::begin_of(items);
    const auto last = detail::end_of(items);
    while (begin != last) {
        auto end = begin;
        std::size_t rows = 0;
        std::size_t bytes = 0;
        while (end != last && rows < limits.rows) {
            const std::size_t more = std::invoke(size_of, *end);
            if (rows > 0 && (more > limits.bytes || bytes > limits.bytes - more)) {
                break;
            }
            bytes += more;
            ++rows;
            ++end;
        }
        std::invoke(work, chunk<decltype(begin)>(begin, end, rows, offset));
        offset += rows;
        begin = end;
    }
}

/// Calls `work(chunk)` for parts of at most `rows` rows and 5 MiB. Throws `config_error` for less
/// than one row. @see in_chunks(Range&&, const chunk_limits&, F, SizeOf)
template <class Range, std::integral Rows, class F, class SizeOf = detail::size_when_sent>
requires detail::forward_iterable<std::remove_reference_t<Range>>
void in_chunks(Range&& items, Rows rows, F work, SizeOf size_of = {}) {
    const std::size_t most = std::cmp_less(rows, 1) ? 0 : static_cast<std::size_t>(rows);
    in_chunks(items, chunk_limits{.rows = most}, std::move(work), std::move(size_of));
}

}  // namespace dsql
