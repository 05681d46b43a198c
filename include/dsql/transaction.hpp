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
}

namespace detail {
class limited_transaction;
}

/// What kind of transaction to begin. A plain value.
struct transaction_options {
    /// Refuses statements that write. Default false.
    bool read_only = false;
};

/// A transaction: begins when it is made and is rolled back by its destructor, unless it was
/// committed. Statements are run as on a connection, which must run nothing on its own meanwhile.
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
    /// Rolls back what was not committed. When the server does not answer that within a second the
    /// connection is closed, which rolls back as well.
    ~transaction();

    /// Makes the transaction's changes last. Throws `server_error` when the server refuses, above
    /// all 40001 for a conflict with another transaction; `transaction_rolled_back_error` when a
    /// statement had failed before; `commit_unknown_error` when the answer never comes, or is
    /// that the server is unavailable, and for whatever else goes wrong once COMMIT has been sent:
    /// then the transaction is over. `timeout_error`,
    /// `cancelled_error` and `error` say that COMMIT was not sent; `error` also that the
    /// transaction was over before.
    void commit(const call_limits& limits = {}, source_location where = source_location::current());

    /// Gives the transaction's changes up. Throws as a statement does: where ROLLBACK was not sent,
    /// as under a stream or with a limit that had struck before, the transaction is still there,
    /// and the destructor rolls it back. Does nothing when it was over before.
    void rollback(const call_limits& limits = {},
                  source_location where = source_location::current());

    /// Whether it is neither committed nor rolled back.
    [[nodiscard]] bool is_active() const noexcept;

private:
    friend class query_functions<transaction>;
    friend class bulk_functions<transaction>;
    friend class connection;
    friend class detail::limited_transaction;

    transaction(detail::session_pin session, const call_limits& limits,
                const transaction_options& options, source_location where);

    result run_statement(const call_limits& limits, const sql_text& sql,
                         const detail::argument_view& values);
    batch_results run_batch(const call_limits& limits, const batch& statements);
    [[nodiscard]] pg::session& session();
    [[nodiscard]] detail::session_pin pin_session(const call_limits&, const source_location&);
    void abandon() noexcept;
    void end() noexcept;
    void end_if_over() noexcept;
    /// Whether something else than this object has ended it, as a COMMIT by libpq's handle.
    [[nodiscard]] bool has_ended_by_itself() const noexcept;

    detail::session_pin session_;  // none once it is over
    std::uint64_t number_ = 0;     // which of the session's transactions it is
};

}  // namespace dsql
