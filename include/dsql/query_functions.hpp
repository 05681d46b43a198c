// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/parameters.hpp>
#include <dsql/result.hpp>
#include <dsql/rows.hpp>
#include <dsql/sql_text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql {

namespace detail {

/// Throws `no_rows_error`.
[[noreturn]] DSQL_EXPORT void throw_no_rows(const sql_text& sql);
/// Throws `too_many_rows_error`.
[[noreturn]] DSQL_EXPORT void throw_too_many_rows(const sql_text& sql, int rows);

/// The type of a template parameter that no caller passes. It keeps `query<int>(...)` from choosing
/// the untyped `query` with `int` as the type of a value.
enum class untyped { query };

}  // namespace detail

/// Runs statements. The base class of `connection`, `transaction`, `pool` and `retrying_pool`. Each
/// call runs one statement by the extended query protocol; its values are bound to `$1`, `$2`, ...
/// and never become part of its text. Values are sent and read in binary. Text is the exception: it
/// is sent as text, and the server infers its type.
///
/// The statement is text or a prepared `statement`. Limits may be passed before it: `within`, a
/// moment on the steady clock, a `std::stop_token`, `{within, stop}`, or a `call_limits`. Without
/// limits, the connection's `command_timeout` applies.
///
/// Each function throws `server_error` when the server rejects the statement, `connection_error`
/// when the connection breaks (it is then closed), `timeout_error` and `cancelled_error` when a
/// limit is reached, and `conversion_error` for a value that cannot be sent or read, and for a
/// wrong number of values. The errors show the statement and the place of the call.
template <class Self>
class query_functions {
public:
    /// Runs a statement within limits and returns all its rows, their types known at run time.
    template <detail::untyped = detail::untyped::query, class... Vs>
    result query(const call_limits& limits, sql_text sql, const Vs&... values) {
        return run_one(limits, sql, values...);
    }
    /// Runs a statement without limits of its own and returns all its rows, their types known at
    /// run time. @see query(const call_limits&, sql_text, const Vs&...)
    template <detail::untyped = detail::untyped::query, class... Vs>
    result query(sql_text sql, const Vs&... values) {
        return run_one({}, sql, values...);
    }

    /// Runs a statement within limits and returns all its rows as `T, Ts...`: each a tuple, or the
    /// aggregate for one aggregate type, whose members are read from the columns of the same names.
    /// @see rows, by_position, lax
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] rows<T, Ts...> query(const call_limits& limits, sql_text sql,
                                       const Vs&... values) {
        return rows<T, Ts...>(run_one(limits, sql, values...));
    }
    /// Runs a statement without limits of its own and returns all its rows as `T, Ts...`.
    /// @see query(const call_limits&, sql_text, const Vs&...), rows
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] rows<T, Ts...> query(sql_text sql, const Vs&... values) {
        return rows<T, Ts...>(run_one({}, sql, values...));
    }

    /// Runs a statement within limits and returns the first column of its first row.
    /// Throws `no_rows_error` when there is no row.
    template <class T, class... Vs>
    [[nodiscard]] T query_value(const call_limits& limits, sql_text sql, const Vs&... values) {
        const result all = run_one(limits, sql, values...);
        if (all.empty()) {
            detail::throw_no_rows(sql);
        }
        return all.value<T>();
    }
    /// Runs a statement without limits of its own and returns the first column of its first row.
    /// Throws `no_rows_error` when there is no row.
    /// @see query_value(const call_limits&, sql_text, const Vs&...)
    template <class T, class... Vs>
    [[nodiscard]] T query_value(sql_text sql, const Vs&... values) {
        return query_value<T>(call_limits(), sql, values...);
    }

    /// Runs a statement within limits that returns one row: the value or aggregate for one type, a
    /// tuple for more. Throws `no_rows_error` or `too_many_rows_error` when it returns none or
    /// more.
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] detail::single_row_t<T, Ts...> query_one(const call_limits& limits, sql_text sql,
                                                           const Vs&... values) {
        auto row = query_optional<T, Ts...>(limits, sql, values...);
        if (!row) {
            detail::throw_no_rows(sql);
        }
        return *std::move(row);
    }
    /// Runs a statement without limits of its own that returns one row.
    /// Throws `no_rows_error` or `too_many_rows_error` when it returns none or more.
    /// @see query_one(const call_limits&, sql_text, const Vs&...)
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] detail::single_row_t<T, Ts...> query_one(sql_text sql, const Vs&... values) {
        return query_one<T, Ts...>(call_limits(), sql, values...);
    }

    /// Runs a statement within limits that returns one row or none: the value or aggregate for one
    /// type, a tuple for more.
    /// Throws `too_many_rows_error` when it returns more.
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] std::optional<detail::single_row_t<T, Ts...>> query_optional(
        const call_limits& limits, sql_text sql, const Vs&... values) {
        static_assert(
            !rows_of<T, Ts...>::borrowing,
            "a view would outlive the rows it points into: ask for an owning type, or use query");
        const rows<T, Ts...> all(run_one(limits, sql, values...));
        if (all.size() > 1) {
            detail::throw_too_many_rows(sql, all.size());
        }
        if (all.empty()) {
            return std::nullopt;
        }
        return detail::as_single<detail::single_row_t<T, Ts...>>([&all] { return *all.begin(); });
    }
    /// Runs a statement without limits of its own that returns one row or none.
    /// Throws `too_many_rows_error` when it returns more.
    /// @see query_optional(const call_limits&, sql_text, const Vs&...)
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] std::optional<detail::single_row_t<T, Ts...>> query_optional(
        sql_text sql, const Vs&... values) {
        return query_optional<T, Ts...>(call_limits(), sql, values...);
    }

    /// Runs a statement within limits and returns all its rows in a vector: of values or aggregates
    /// for one type, of tuples for more.
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] std::vector<detail::single_row_t<T, Ts...>> query_all(const call_limits& limits,
                                                                        sql_text sql,
                                                                        const Vs&... values) {
        static_assert(
            !rows_of<T, Ts...>::borrowing,
            "a view would outlive the rows it points into: ask for an owning type, or use query");
        using single = detail::single_row_t<T, Ts...>;
        const rows<T, Ts...> all(run_one(limits, sql, values...));
        std::vector<single> copies;
        copies.reserve(static_cast<std::size_t>(all.size()));
        for (auto row = all.begin(); row != all.end(); ++row) {
            const auto read = [&row] {
                return detail::as_single<single>([&row] { return *row; });
            };
            if constexpr (std::same_as<single, bool>) {
                copies.push_back(read());  // std::vector<bool> has no elements to make in place
            } else {
                copies.emplace_back(detail::deferred_construct(read));
            }
        }
        return copies;
    }
    /// Runs a statement without limits of its own and returns all its rows in a vector.
    /// @see query_all(const call_limits&, sql_text, const Vs&...)
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] std::vector<detail::single_row_t<T, Ts...>> query_all(sql_text sql,
                                                                        const Vs&... values) {
        return query_all<T, Ts...>(call_limits(), sql, values...);
    }

    /// Runs a statement within limits and returns the number of rows it changed or returned.
    template <class... Vs>
    std::int64_t execute(const call_limits& limits, sql_text sql, const Vs&... values) {
        return run_one(limits, sql, values...).affected_rows();
    }
    /// Runs a statement without limits of its own and returns the number of rows it changed or
    /// returned. @see execute(const call_limits&, sql_text, const Vs&...)
    template <class... Vs>
    std::int64_t execute(sql_text sql, const Vs&... values) {
        return run_one({}, sql, values...).affected_rows();
    }

    /// Runs the statements of a batch in one exchange with the server, as one transaction of their
    /// own unless there is one already. Throws `batch_error` when one of them fails. The limits
    /// apply to the whole batch. When one is reached, throws `timeout_error` or `cancelled_error`,
    /// which do not tell the outcome of each statement, and closes the connection if a part of the
    /// batch was sent.
    [[nodiscard]] batch_results run(const call_limits& limits, const batch& statements) {
        return static_cast<Self&>(*this).run_batch(limits, statements);
    }
    /// Runs the statements of a batch without limits of its own.
    /// @see run(const call_limits&, const batch&)
    [[nodiscard]] batch_results run(const batch& statements) {
        return run(call_limits(), statements);
    }

protected:
    query_functions() noexcept = default;
    query_functions(const query_functions&) noexcept = default;
    query_functions& operator=(const query_functions&) noexcept = default;
    ~query_functions() = default;

private:
    template <class... Ts>
    using rows_of = detail::row_reader<Ts...>;

    template <class... Vs>
    result run_one(const call_limits& limits, const sql_text& sql, const Vs&... values) {
        return detail::naming_statement(sql, [&] {
            const auto bound = detail::bind_values(
                detail::parameter_targets(sql, detail::number_of_values(values...)), values...);
            return static_cast<Self&>(*this).run_statement(limits, sql, bound.view());
        });
    }
};

}  // namespace dsql
