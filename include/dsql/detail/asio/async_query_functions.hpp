// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/detail/asio/async_call.hpp>
#include <dsql/detail/owned_statement.hpp>
#include <dsql/detail/result_readers.hpp>
#include <dsql/operation.hpp>
#include <dsql/query_functions.hpp>
#include <dsql/rows.hpp>
#include <dsql/sql_text.hpp>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace dsql {

/// Runs statements as `query_functions` does, without blocking: each function returns a call to be
/// awaited, see `async_call`. The base class of `async_connection`, `async_transaction` and
/// `async_pool`.
///
/// A call keeps copies of the statement and of the values, and text of any type as a `std::string`.
/// Only what a `std::span` or a `std::reference_wrapper` refers to is not copied, and has to
/// outlive the call.
template <class Self>
class async_query_functions {
public:
    /// Runs a statement and returns all its rows, their types known at run time.
    ///@{
    template <detail::untyped = detail::untyped::query, class... Vs>
    auto query(const call_limits& limits, sql_text sql, const Vs&... values) {
        return call<result>(limits, sql, detail::as_it_is(), values...);
    }
    template <detail::untyped = detail::untyped::query, class... Vs>
    auto query(sql_text sql, const Vs&... values) {
        return call<result>({}, sql, detail::as_it_is(), values...);
    }
    ///@}

    /// Runs a statement and returns all its rows as `T, Ts...`.
    ///@{
    template <class T, class... Ts, class... Vs>
    auto query(const call_limits& limits, sql_text sql, const Vs&... values) {
        return call<rows<T, Ts...>>(
            limits, sql, [](result all) { return rows<T, Ts...>(std::move(all)); }, values...);
    }
    template <class T, class... Ts, class... Vs>
    auto query(sql_text sql, const Vs&... values) {
        return query<T, Ts...>(call_limits(), sql, values...);
    }
    ///@}

    /// Runs a statement and returns the first column of its first row. Fails with `no_rows_error`
    /// when there is none.
    ///@{
    template <class T, class... Vs>
    auto query_value(const call_limits& limits, sql_text sql, const Vs&... values) {
        return call<T>(
            limits, sql, [](const result& all) { return detail::read_value<T>(all); }, values...);
    }
    template <class T, class... Vs>
    auto query_value(sql_text sql, const Vs&... values) {
        return query_value<T>(call_limits(), sql, values...);
    }
    ///@}

    /// Runs a statement that returns one row. Fails with `no_rows_error` or `too_many_rows_error`
    /// when it returns none or more.
    ///@{
    template <class T, class... Ts, class... Vs>
    auto query_one(const call_limits& limits, sql_text sql, const Vs&... values) {
        return call<detail::single_row_t<T, Ts...>>(
            limits, sql, [](result all) { return detail::read_one<T, Ts...>(std::move(all)); },
            values...);
    }
    template <class T, class... Ts, class... Vs>
    auto query_one(sql_text sql, const Vs&... values) {
        return query_one<T, Ts...>(call_limits(), sql, values...);
    }
    ///@}

    /// Runs a statement that returns one row or none. Fails with `too_many_rows_error` when it
    /// returns more.
    ///@{
    template <class T, class... Ts, class... Vs>
    auto query_optional(const call_limits& limits, sql_text sql, const Vs&... values) {
        return call<std::optional<detail::single_row_t<T, Ts...>>>(
            limits, sql, [](result all) { return detail::read_optional<T, Ts...>(std::move(all)); },
            values...);
    }
    template <class T, class... Ts, class... Vs>
    auto query_optional(sql_text sql, const Vs&... values) {
        return query_optional<T, Ts...>(call_limits(), sql, values...);
    }
    ///@}

    /// Runs a statement and returns all its rows in a vector.
    ///@{
    template <class T, class... Ts, class... Vs>
    auto query_all(const call_limits& limits, sql_text sql, const Vs&... values) {
        return call<std::vector<detail::single_row_t<T, Ts...>>>(
            limits, sql, [](result all) { return detail::read_all<T, Ts...>(std::move(all)); },
            values...);
    }
    template <class T, class... Ts, class... Vs>
    auto query_all(sql_text sql, const Vs&... values) {
        return query_all<T, Ts...>(call_limits(), sql, values...);
    }
    ///@}

    /// Runs a statement and returns the number of rows it changed or returned.
    ///@{
    template <class... Vs>
    auto execute(const call_limits& limits, sql_text sql, const Vs&... values) {
        return call<std::int64_t>(
            limits, sql, [](const result& all) { return all.affected_rows(); }, values...);
    }
    template <class... Vs>
    auto execute(sql_text sql, const Vs&... values) {
        return execute(call_limits(), sql, values...);
    }
    ///@}

    /// Runs the statements of a batch in one exchange. See `query_functions::run`.
    ///@{
    auto run(const call_limits& limits, batch statements) {
        auto& self = static_cast<Self&>(*this);
        return async_call<batch_results>(
            detail::start_batch(self.place(), limits, std::move(statements)), detail::as_it_is(),
            self.get_executor());
    }
    auto run(batch statements) { return run(call_limits(), std::move(statements)); }
    ///@}

    /// For the library itself: runs a statement that was kept, and passes its result on.
    template <class R, class Finish>
    auto run_kept(const call_limits& limits, detail::owned_statement sql, Finish finish) {
        auto& self = static_cast<Self&>(*this);
        return async_call<R, result, Finish>(
            detail::start_statement(self.place(), limits, std::move(sql)), std::move(finish),
            self.get_executor());
    }

protected:
    async_query_functions() = default;
    async_query_functions(const async_query_functions&) = default;
    async_query_functions& operator=(const async_query_functions&) = default;
    ~async_query_functions() = default;

private:
    template <class R, class Finish, class... Vs>
    auto call(const call_limits& limits, const sql_text& sql, Finish finish, const Vs&... values) {
        return run_kept<R>(limits, detail::own_statement(sql, values...), std::move(finish));
    }
};

}  // namespace dsql
