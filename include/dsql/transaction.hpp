// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/bulk_functions.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/export.hpp>
#include <dsql/query_functions.hpp>

#include <cstdint>

namespace dsql {

class connection;
namespace pg {
class session;
class transaction_calls;
}  // namespace pg

namespace detail {
class limited_transaction;
}

/// What kind of transaction to begin. A plain value.
struct transaction_options {
    /// Refuses statements that write. Default false.
    bool read_only = false;
};

/// A transaction: begins when it is made, and is rolled back by its destructor unless it was
/// committed. It runs statements as a connection does, and the connection itself must run none
/// until it is over.
/// Keeps the connection's session alive, and a pool's connection out of its pool, until it is over.
/// Movable; one that was moved from is over. Belongs to the connection's thread.
///
/// There are no savepoints and no nesting, because DSQL has none: a statement that fails ends the
/// transaction, and what follows fails with SQLSTATE 25P02 until it is rolled back.
///
/// It ends by `commit`, `rollback` and its destructor alone. While it is there, a statement that
/// would end it (COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION) is an `error` and is not sent,
/// whether it is run here or on the connection.
class DSQL_EXPORT transaction : public query_functions<transaction>,
                                public bulk_functions<transaction> {
public:
    transaction(transaction&& other) noexcept;
    transaction& operator=(transaction&& other) noexcept;
    /// Rolls back what was not committed. If that takes more than a second the connection is
    /// closed, which rolls back as well.
    ~transaction();

    /// Makes the transaction's changes permanent. Throws `occ_conflict` for a conflict with another
    /// transaction (40001), another `server_error` when the server rejects it for another reason,
    /// and `transaction_rolled_back_error` when a statement had failed before. Throws
    /// `commit_unknown_error` when COMMIT was sent and its result is not known. After all of these
    /// the transaction is over. `timeout_error`, `cancelled_error` and `error` mean that COMMIT was
    /// not sent; `error` also that the transaction was over before.
    void commit(const call_limits& limits = {}, source_location where = source_location::current());

    /// Discards the transaction's changes. Does nothing when it was over before. Throws
    /// `connection_error` when the connection breaks, `timeout_error` and `cancelled_error` when a
    /// limit is reached, and `error` while a stream is open. Where ROLLBACK was not sent, the
    /// transaction is still open, and the destructor rolls it back.
    void rollback(const call_limits& limits = {},
                  source_location where = source_location::current());

    /// Whether it is still open: neither committed nor rolled back.
    [[nodiscard]] bool is_active() const noexcept;

private:
    friend class query_functions<transaction>;
    friend class bulk_functions<transaction>;
    friend class connection;
    friend class detail::limited_transaction;

    friend class pg::transaction_calls;

    transaction(detail::session_pin session, std::uint64_t number) noexcept;

    result run_statement(const call_limits& limits, const sql_text& sql,
                         const detail::argument_view& values);
    batch_results run_batch(const call_limits& limits, const batch& statements);
    [[nodiscard]] pg::session& session();
    [[nodiscard]] detail::session_pin pin_session(const call_limits&, const source_location&);
    void abandon() noexcept;
    void end() noexcept;
    void end_if_over() noexcept;
    /// Whether something other than this object has ended it, such as a COMMIT on libpq's handle.
    [[nodiscard]] bool has_ended_by_itself() const noexcept;

    detail::session_pin session_;  // none once it is over
    std::uint64_t number_ = 0;     // which of the session's transactions it is
};

}  // namespace dsql
