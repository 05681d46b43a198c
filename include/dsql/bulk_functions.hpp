// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/copy.hpp>
#include <dsql/copy_rows.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/export.hpp>
#include <dsql/parameters.hpp>
#include <dsql/row_stream.hpp>
#include <dsql/sql_text.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

namespace dsql {

class transaction;

/// Supplies data for a COPY: fills the span from its start and returns the number of bytes; 0 ends
/// the COPY.
using copy_reader = std::function<std::size_t(std::span<char>)>;
/// Receives the data of a COPY, in pieces of whole rows.
using copy_sink = std::function<void(std::string_view)>;

namespace detail {

[[nodiscard]] DSQL_EXPORT chunk_source open_stream(session_pin session, const call_limits& limits,
                                                   const sql_text& sql,
                                                   const argument_view& values);
[[nodiscard]] DSQL_EXPORT copy_writer open_copy_in(const session_pin& session,
                                                   const call_limits& limits,
                                                   const copy_target& target,
                                                   source_location where);
[[nodiscard]] DSQL_EXPORT copy_writer open_copy_in(const session_pin& session,
                                                   const call_limits& limits, const sql_text& sql);
/// Opens a COPY for data only: it does not query the table's columns, and takes no rows.
[[nodiscard]] DSQL_EXPORT copy_writer open_copy_in_for_data(const session_pin& session,
                                                            const call_limits& limits,
                                                            const copy_target& target,
                                                            source_location where);
[[nodiscard]] DSQL_EXPORT copy_source open_copy_out(const session_pin& session,
                                                    const call_limits& limits,
                                                    const copy_target& target,
                                                    source_location where);
DSQL_EXPORT std::int64_t copy_from(copy_writer writer, const copy_reader& read);
DSQL_EXPORT std::int64_t copy_to(session_pin session, const call_limits& limits,
                                 const copy_target& target, const copy_sink& write,
                                 source_location where);
DSQL_EXPORT std::int64_t copy_to(session_pin session, const call_limits& limits,
                                 const sql_text& sql, const copy_sink& write);

/// Whether a stream or COPY of a `T` may outlive that object.
template <class T>
inline constexpr bool may_be_a_temporary = true;
template <>
inline constexpr bool may_be_a_temporary<transaction> = false;

}  // namespace detail

/// Reads and writes many rows, by streams and COPY. The base class of `connection`, `transaction`
/// and `pool`. Limits apply to the whole stream or COPY until its end, and also to a pool's
/// acquire. Without limits, the connection's `command_timeout` applies to each wait for the server.
/// The functions throw `server_error`, `connection_error`, `timeout_error`, `cancelled_error` and
/// `conversion_error`, as `query_functions` describes.
///
/// A stream or COPY keeps its session alive, and a pool's connection out of the pool, until it has
/// ended. So it may outlive the connection or the pool's handle. A transaction's streams and COPYs
/// end with the `transaction` object, so these functions do not compile on a temporary one.
template <class Self>
class bulk_functions {
public:
    /// Runs a query and returns its rows as they arrive. @see row_stream
    ///@{
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] row_stream<T, Ts...> stream(const call_limits& limits, sql_text sql,
                                              const Vs&... values) & {
        return open_stream<T, Ts...>(limits, sql, values...);
    }
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] row_stream<T, Ts...> stream(sql_text sql, const Vs&... values) & {
        return open_stream<T, Ts...>({}, sql, values...);
    }
    template <class T, class... Ts, class... Vs>
        [[nodiscard]] row_stream<T, Ts...> stream(const call_limits& limits, sql_text sql,
                                                  const Vs&... values) &&
        requires(detail::may_be_a_temporary<Self>) {
        return open_stream<T, Ts...>(limits, sql, values...);
    }
    template <class T, class... Ts, class... Vs>
        [[nodiscard]] row_stream<T, Ts...> stream(sql_text sql, const Vs&... values) &&
        requires(detail::may_be_a_temporary<Self>) {
        return open_stream<T, Ts...>({}, sql, values...);
    }
    ///@}

    /// Begins a COPY into a table, for rows or for data. @see copy_writer
    ///@{
    [[nodiscard]] copy_writer copy_in(const call_limits& limits, const copy_target& target,
                                      source_location where = source_location::current()) & {
        return open_copy_in(limits, target, where);
    }
    [[nodiscard]] copy_writer copy_in(const copy_target& target,
                                      source_location where = source_location::current()) & {
        return open_copy_in({}, target, where);
    }
    [[nodiscard]] copy_writer copy_in(const call_limits& limits, const copy_target& target,
                                      source_location where = source_location::current()) &&
        requires(detail::may_be_a_temporary<Self>) {
        return open_copy_in(limits, target, where);
    }
    [[nodiscard]] copy_writer copy_in(const copy_target& target,
                                      source_location where = source_location::current()) &&
        requires(detail::may_be_a_temporary<Self>) {
        return open_copy_in({}, target, where);
    }
    ///@}
    /// Begins a COPY with the caller's own `COPY ... FROM STDIN` statement, for data in the format
    /// that it names.
    /// @see copy_writer
    ///@{
    [[nodiscard]] copy_writer copy_in(const call_limits& limits, sql_text sql) & {
        return open_copy_in(limits, sql);
    }
    [[nodiscard]] copy_writer copy_in(sql_text sql) & { return open_copy_in({}, sql); }
    [[nodiscard]] copy_writer copy_in(const call_limits& limits, sql_text sql) &&
        requires(detail::may_be_a_temporary<Self>) {
        return open_copy_in(limits, sql);
    }
    [[nodiscard]] copy_writer copy_in(sql_text sql) && requires(detail::may_be_a_temporary<Self>) {
        return open_copy_in({}, sql);
    }
    ///@}

    /// Copies data in the COPY's format from a reader, into a table or with the caller's own `COPY
    /// ... FROM STDIN` statement. Returns the number of rows. If the reader throws, nothing is
    /// copied and the exception is passed on.
    ///@{
    std::int64_t copy_in_from(const call_limits& limits, const copy_target& target,
                              const copy_reader& read,
                              source_location where = source_location::current()) {
        return detail::copy_from(open_copy_in_for_data(limits, target, where), read);
    }
    std::int64_t copy_in_from(const copy_target& target, const copy_reader& read,
                              source_location where = source_location::current()) {
        return detail::copy_from(open_copy_in_for_data({}, target, where), read);
    }
    std::int64_t copy_in_from(const call_limits& limits, sql_text sql, const copy_reader& read) {
        return detail::copy_from(open_copy_in(limits, sql), read);
    }
    std::int64_t copy_in_from(sql_text sql, const copy_reader& read) {
        return detail::copy_from(open_copy_in({}, sql), read);
    }
    ///@}

    /// Copies a table out as rows of `T, Ts...`, always in binary format. @see copy_rows
    ///@{
    template <class T, class... Ts>
    [[nodiscard]] copy_rows<T, Ts...> copy_out(
        const call_limits& limits, const copy_target& target,
        source_location where = source_location::current()) & {
        return open_copy_out<T, Ts...>(limits, target, where);
    }
    template <class T, class... Ts>
    [[nodiscard]] copy_rows<T, Ts...> copy_out(
        const copy_target& target, source_location where = source_location::current()) & {
        return open_copy_out<T, Ts...>({}, target, where);
    }
    template <class T, class... Ts>
        [[nodiscard]] copy_rows<T, Ts...> copy_out(
            const call_limits& limits, const copy_target& target,
            source_location where = source_location::current()) &&
        requires(detail::may_be_a_temporary<Self>) {
        return open_copy_out<T, Ts...>(limits, target, where);
    }
    template <class T, class... Ts>
        [[nodiscard]] copy_rows<T, Ts...> copy_out(
            const copy_target& target, source_location where = source_location::current()) &&
        requires(detail::may_be_a_temporary<Self>) {
        return open_copy_out<T, Ts...>({}, target, where);
    }
    ///@}

    /// Copies a table out to a sink, in the COPY's format, and returns the number of rows. If the
    /// sink throws, the exception is passed on, and the connection may be closed, as when a
    /// `row_stream` is left early.
    ///@{
    std::int64_t copy_out_to(const call_limits& limits, const copy_target& target,
                             const copy_sink& write,
                             source_location where = source_location::current()) {
        return detail::copy_to(pin(limits, where), limits, target, write, where);
    }
    std::int64_t copy_out_to(const copy_target& target, const copy_sink& write,
                             source_location where = source_location::current()) {
        return copy_out_to(call_limits(), target, write, where);
    }
    ///@}
    /// Copies out to a sink with the caller's own `COPY ... TO STDOUT` statement and returns the
    /// number of rows.
    ///@{
    std::int64_t copy_out_to(const call_limits& limits, sql_text sql, const copy_sink& write) {
        return detail::copy_to(pin(limits, sql.where()), limits, sql, write);
    }
    std::int64_t copy_out_to(sql_text sql, const copy_sink& write) {
        return copy_out_to(call_limits(), sql, write);
    }
    ///@}

protected:
    bulk_functions() noexcept = default;
    bulk_functions(const bulk_functions&) noexcept = default;
    bulk_functions& operator=(const bulk_functions&) noexcept = default;
    ~bulk_functions() = default;

private:
    [[nodiscard]] detail::session_pin pin(const call_limits& limits, const source_location& where) {
        return static_cast<Self&>(*this).pin_session(limits, where);
    }
    template <class... Ts, class... Vs>
    [[nodiscard]] row_stream<Ts...> open_stream(const call_limits& limits, const sql_text& sql,
                                                const Vs&... values) {
        return detail::naming_statement(sql, [&] {
            const auto bound = detail::bind_values(
                detail::parameter_targets(sql, detail::number_of_values(values...)), values...);
            return row_stream<Ts...>(
                detail::open_stream(pin(limits, sql.where()), limits, sql, bound.view()));
        });
    }
    [[nodiscard]] copy_writer open_copy_in(const call_limits& limits, const copy_target& target,
                                           const source_location& where) {
        return detail::open_copy_in(pin(limits, where), limits, target, where);
    }
    [[nodiscard]] copy_writer open_copy_in_for_data(const call_limits& limits,
                                                    const copy_target& target,
                                                    source_location where) {
        return detail::open_copy_in_for_data(pin(limits, where), limits, target, where);
    }
    [[nodiscard]] copy_writer open_copy_in(const call_limits& limits, const sql_text& sql) {
        return detail::open_copy_in(pin(limits, sql.where()), limits, sql);
    }
    template <class... Ts>
    [[nodiscard]] copy_rows<Ts...> open_copy_out(const call_limits& limits,
                                                 const copy_target& target,
                                                 const source_location& where) {
        return copy_rows<Ts...>(detail::open_copy_out(pin(limits, where), limits, target, where));
    }
};

}  // namespace dsql
