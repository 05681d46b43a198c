// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/copy.hpp>
#include <dsql/copy_rows.hpp>
#include <dsql/detail/parameter_targets.hpp>
#include <dsql/export.hpp>
#include <dsql/row_stream.hpp>
#include <dsql/sql_text.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <utility>

namespace dsql {

namespace pg {
class session;
}

/// Supplies data for a COPY: fills the span from its start and returns how many bytes; 0 ends it.
using copy_reader = std::function<std::size_t(std::span<char>)>;
/// Receives data of a COPY, whole rows at a time.
using copy_sink = std::function<void(std::string_view)>;

namespace detail {

[[nodiscard]] DSQL_EXPORT chunk_source open_stream(pg::session& session, const call_limits& limits,
                                                   const sql_text& sql,
                                                   const argument_view& values);
[[nodiscard]] DSQL_EXPORT copy_writer open_copy_in(pg::session& session, const call_limits& limits,
                                                   const copy_target& target,
                                                   source_location where);
[[nodiscard]] DSQL_EXPORT copy_writer open_copy_in(pg::session& session, const call_limits& limits,
                                                   const sql_text& sql);
/// For data as it is: nothing is asked about the table's columns, and no rows are taken.
[[nodiscard]] DSQL_EXPORT copy_writer open_copy_in_for_data(pg::session& session,
                                                            const call_limits& limits,
                                                            const copy_target& target,
                                                            source_location where);
[[nodiscard]] DSQL_EXPORT copy_source open_copy_out(pg::session& session, const call_limits& limits,
                                                    const copy_target& target,
                                                    source_location where);
DSQL_EXPORT std::int64_t copy_from(copy_writer writer, const copy_reader& read);
DSQL_EXPORT std::int64_t copy_to(pg::session& session, const call_limits& limits,
                                 const copy_target& target, const copy_sink& write,
                                 source_location where);
DSQL_EXPORT std::int64_t copy_to(pg::session& session, const call_limits& limits,
                                 const sql_text& sql, const copy_sink& write);

}  // namespace detail

/// How many rows are moved at once, the same on a `connection` and a `transaction`, which derive
/// from this. Limits count for the whole of a stream or a COPY, until its end; without, the
/// connection's `command_timeout` counts for each wait for the server. What is thrown is as in
/// `query_functions`.
template <class Self>
class bulk_functions {
public:
    /// Runs a query and returns its rows as they come; see `row_stream`.
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] row_stream<T, Ts...> stream(const call_limits& limits, sql_text sql,
                                              const Vs&... values) {
        const auto bound = detail::bind_values(
            detail::parameter_targets(sql, detail::number_of_values(values...)), values...);
        return row_stream<T, Ts...>(detail::open_stream(session_of(), limits, sql, bound.view()));
    }
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] row_stream<T, Ts...> stream(sql_text sql, const Vs&... values) {
        return stream<T, Ts...>(call_limits(), sql, values...);
    }
    template <class T, class... Ts, class... Vs>
    [[nodiscard]] row_stream<T, Ts...> stream(within budget, const std::stop_token& stop,
                                              sql_text sql, const Vs&... values) {
        return stream<T, Ts...>(call_limits(budget, stop), sql, values...);
    }

    /// Begins a COPY into a table, to be given rows; see `copy_writer`.
    [[nodiscard]] copy_writer copy_in(const call_limits& limits, const copy_target& target,
                                      source_location where = source_location::current()) {
        return detail::open_copy_in(session_of(), limits, target, where);
    }
    [[nodiscard]] copy_writer copy_in(const copy_target& target,
                                      source_location where = source_location::current()) {
        return detail::open_copy_in(session_of(), {}, target, where);
    }
    /// The same by a statement of the caller's own, `COPY ... FROM STDIN`, to be given data.
    [[nodiscard]] copy_writer copy_in(const call_limits& limits, sql_text sql) {
        return detail::open_copy_in(session_of(), limits, sql);
    }
    [[nodiscard]] copy_writer copy_in(sql_text sql) {
        return detail::open_copy_in(session_of(), {}, sql);
    }

    /// Copies all that a reader supplies, which is in the COPY's format, and returns the number of
    /// rows. What the reader throws is passed on, and nothing has been copied then.
    std::int64_t copy_in_from(const call_limits& limits, const copy_target& target,
                              const copy_reader& read,
                              source_location where = source_location::current()) {
        return detail::copy_from(detail::open_copy_in_for_data(session_of(), limits, target, where),
                                 read);
    }
    std::int64_t copy_in_from(const copy_target& target, const copy_reader& read,
                              source_location where = source_location::current()) {
        return detail::copy_from(detail::open_copy_in_for_data(session_of(), {}, target, where),
                                 read);
    }
    std::int64_t copy_in_from(const call_limits& limits, sql_text sql, const copy_reader& read) {
        return detail::copy_from(copy_in(limits, sql), read);
    }
    std::int64_t copy_in_from(sql_text sql, const copy_reader& read) {
        return detail::copy_from(copy_in(sql), read);
    }

    /// Copies a table out, in binary, as rows of `T, Ts...`; see `copy_rows`. The target's format
    /// is of no account.
    template <class T, class... Ts>
    [[nodiscard]] copy_rows<T, Ts...> copy_out(const call_limits& limits, const copy_target& target,
                                               source_location where = source_location::current()) {
        return copy_rows<T, Ts...>(detail::open_copy_out(session_of(), limits, target, where));
    }
    template <class T, class... Ts>
    [[nodiscard]] copy_rows<T, Ts...> copy_out(const copy_target& target,
                                               source_location where = source_location::current()) {
        return copy_rows<T, Ts...>(detail::open_copy_out(session_of(), {}, target, where));
    }

    /// Copies a table out to a sink, in the COPY's format, and returns the number of rows. What the
    /// sink throws is passed on; see `row_stream` for what becomes of the connection.
    std::int64_t copy_out_to(const call_limits& limits, const copy_target& target,
                             const copy_sink& write,
                             source_location where = source_location::current()) {
        return detail::copy_to(session_of(), limits, target, write, where);
    }
    std::int64_t copy_out_to(const copy_target& target, const copy_sink& write,
                             source_location where = source_location::current()) {
        return detail::copy_to(session_of(), {}, target, write, where);
    }
    /// The same by a statement of the caller's own, `COPY ... TO STDOUT`.
    std::int64_t copy_out_to(const call_limits& limits, sql_text sql, const copy_sink& write) {
        return detail::copy_to(session_of(), limits, sql, write);
    }
    std::int64_t copy_out_to(sql_text sql, const copy_sink& write) {
        return detail::copy_to(session_of(), {}, sql, write);
    }

protected:
    bulk_functions() noexcept = default;
    bulk_functions(const bulk_functions&) noexcept = default;
    bulk_functions& operator=(const bulk_functions&) noexcept = default;
    ~bulk_functions() = default;

private:
    [[nodiscard]] pg::session& session_of() { return static_cast<Self&>(*this).session(); }
};

}  // namespace dsql
