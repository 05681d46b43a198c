// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/observer.hpp>
#include <dsql/result.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/statement.hpp>

#include "base/fork_guard.hpp"
#include "pg/handle.hpp"
#include "pg/io/blocking_driver.hpp"
#include "pg/io/deadline.hpp"
#include "pg/io/operation.hpp"
#include "pg/io/task.hpp"
#include "pg/session/infer_parameters.hpp"
#include "pg/session/observed_statement.hpp"
#include "pg/session/prepared_statements.hpp"
#include "pg/session/session_pins.hpp"
#include "pg/sql/statement_traits.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace dsql::pg {

class command_planner;
class schema_version;
class statement_list;

/// What a connection is made of: the libpq handle, the statements prepared on it, and the limits
/// its statements are under. Stays where it is when the connection is moved, so that transactions,
/// streams and COPYs can pin it (see `detail::session_pin`). Belongs to one thread at a time.
class session {
public:
    /// Takes over a connected handle, or null. Checks the options: throws `config_error`.
    /// `schema` is shared with the other connections of a pool; `name_prefix` goes in front of the
    /// names of prepared statements.
    session(owned_handle owned, session_options options, std::shared_ptr<schema_version> schema,
            std::string name_prefix = "dsql_");
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    [[nodiscard]] pg_conn* handle() const noexcept { return handle_.get(); }
    [[nodiscard]] bool is_open() const noexcept;
    [[nodiscard]] bool is_idle() const noexcept;
    /// In a child process the handle is left as it is: the session is the parent's. `why`, a
    /// literal, goes into the errors of what still uses the session.
    void close(const char* why = nullptr) noexcept;
    /// Why a closed session was closed, to follow "closed" in a message; empty where nobody has
    /// said.
    [[nodiscard]] std::string why_closed() const;
    /// Whether this is a child of the process that the session was made in.
    [[nodiscard]] bool is_in_child() const noexcept { return made_in_.is_in_child(); }
    /// The transactions, streams and COPYs that use the session.
    [[nodiscard]] session_pins& pins() noexcept { return pins_; }
    [[nodiscard]] pg_conn* release() noexcept;
    void set_notice_handler(notice_handler handler);
    /// Who is told of what it does; null: nobody.
    [[nodiscard]] dsql::observer* observer() const noexcept { return options_.observer.get(); }

    /// Runs one statement. See `query_functions`.
    [[nodiscard]] result execute(const call_limits& limits, const sql_text& sql,
                                 const detail::argument_view& values);
    /// Runs a batch. Throws `batch_error`.
    [[nodiscard]] std::vector<result> run(const call_limits& limits, const batch& statements);
    /// Runs a statement of the library's own, without values and never prepared.
    [[nodiscard]] result control(const call_limits& limits, const sql_text& sql);
    /// The same, and sets `sent` as soon as the server may have got a part of it.
    [[nodiscard]] result control(const call_limits& limits, const sql_text& sql, bool& sent);

    /// Begins a transaction by a statement and returns its number, by which its object knows
    /// whether it is still the session's. Until `end_transaction`, statements that would end it are
    /// refused. Throws as `control` does, and `error` inside a transaction.
    [[nodiscard]] std::uint64_t begin_transaction(const call_limits& limits, const sql_text& sql);
    void end_transaction() noexcept { transaction_ = 0; }
    [[nodiscard]] bool has_transaction(std::uint64_t number) const noexcept {
        return transaction_ == number;
    }
    /// Notes that the COMMIT of the transaction under way was sent and not refused, whatever
    /// becomes of its object.
    void note_commit(std::uint64_t number) noexcept { committed_ = number; }
    [[nodiscard]] bool has_committed(std::uint64_t number) const noexcept {
        return committed_ == number;
    }
    /// Whether the server has a transaction open, failed or not. A stream or COPY that is under way
    /// counts as none: it says so by itself.
    [[nodiscard]] bool is_in_transaction() const noexcept;

    /// What a domain is based on, in the end; any other type is itself. Asks the server, on behalf
    /// of `sql`; to be called in `guarded`. Throws as a statement does.
    [[nodiscard]] oid base_type(const call_limits& limits, oid type, const sql_text& sql);

    [[nodiscard]] statement prepare(const call_limits& limits, const sql_text& sql);
    void deallocate(const statement& prepared);

    /// Takes what the session's settings, role and notice handler are now as what
    /// `restore_settings` goes back to. Throws as a statement does.
    void keep_settings(const call_limits& limits);
    /// Undoes what has been set since `keep_settings`, in one round trip, and stops a trace.
    /// Prepared statements are kept, unless names may stand for other tables again. Throws as a
    /// statement does, and `error` where nothing was kept.
    void restore_settings(const call_limits& limits);

    /// Puts an outer deadline and stop token on all that is run, on top of each call's own.
    void set_outer_limits(const call_limits& limits) { outer_limits_ = limits; }
    [[nodiscard]] const call_limits& outer_limits() const noexcept { return outer_limits_; }

    // --- for a stream or COPY, see exclusive_use

    /// Marks the connection as occupied by `what`, a literal, and tells the observer, if there is
    /// one, of the statement. Throws when the statement must not run, as `execute` does.
    [[nodiscard]] std::optional<observed_statement> begin_exclusive(
        const call_limits& limits, const sql_text& sql, const detail::argument_view& values,
        const char* what);
    /// Sends the statement of a stream or COPY without waiting.
    void send_exclusive(const call_limits& limits, const sql_text& sql,
                        const detail::argument_view& values);
    /// The connection is free again.
    void end_exclusive() noexcept { busy_with_ = nullptr; }

    /// Throws `timeout_error` or `cancelled_error` when a limit has struck already: before what,
    /// and what that means, goes into the message.
    void require_in_time(const call_limits& limits, const sql_text& sql,
                         const char* before = "the statement was sent; it has not run") const;

    /// Runs an operation of a stream or COPY to its end. When a limit strikes, closes the
    /// connection and throws `timeout_error` or `cancelled_error`. Where `limits` has no deadline,
    /// `command_timeout` counts for each wait for the server.
    void drive_transfer(operation& work, const call_limits& limits, const sql_text& sql);

    /// Whether functions of the program's are called while a statement is under way.
    [[nodiscard]] bool calls_back() const noexcept {
        return options_.on_notice != nullptr || options_.observer != nullptr;
    }
    /// Keeps notices while the returned object lives, to be handed over with the next statement:
    /// for where the notice handler must not be called, as with a pool's lock held.
    [[nodiscard]] auto queue_notices() noexcept {
        struct queueing {
            bool& is_on;
            ~queueing() { is_on = false; }
        };
        queues_notices_ = true;
        return queueing{queues_notices_};
    }

    /// Whether something has been sent whose answer has not been read to its end.
    [[nodiscard]] bool is_in_exchange() const noexcept;

    /// Calls `f`; closes the connection when it throws in the middle of an exchange, or because the
    /// connection is lost.
    template <class F>
    auto close_on_error(F f) {
        try {
            return f();
        } catch (const server_error& failure) {
            note_error(failure);
            throw;
        } catch (const connection_error&) {
            close();
            throw;
        } catch (...) {
            if (is_in_exchange()) {
                close();  // what is half sent or half read cannot be used again
            }
            throw;
        }
    }

private:
    /// Calls `f`, and tells the observer if there is one.
    template <class F>
    auto observed(const sql_text& sql, F f) {
        if (observer() == nullptr) [[likely]] {
            return f();
        }
        observed_statement under_way(*observer(), in_observer_, sql);
        try {
            auto answer = f();
            under_way.end(rows_in(answer));
            return answer;
        } catch (...) {
            under_way.fail();
            throw;
        }
    }
    [[nodiscard]] static std::int64_t rows_in(const result& answer);
    [[nodiscard]] static std::int64_t rows_in(const std::vector<result>& answers);

    /// Has rows know which statement they are from, where there is memory for it.
    void note_origin(result& rows, const sql_text& sql) noexcept;

    void require_ready(const call_limits& limits, const sql_text& sql) const;
    void require_in_transaction(const statement_traits& traits, const sql_text& sql) const;
    /// Throws `conversion_error` where a statement's text takes another number of values. The
    /// server takes what is too much without a word, because a parameter is declared with each
    /// value.
    void require_value_count(const statement_traits& traits, std::size_t values,
                             const sql_text& sql) const;
    void require_outside_handler(const sql_text& sql) const;
    void hand_over_notices() noexcept;
    void call_notice_handler(const server_error_fields& notice) noexcept;
    void make_nonblocking(const sql_text& sql);
    [[nodiscard]] bool is_under_command_timeout(const call_limits& limits) const noexcept {
        return options_.command_timeout.count() != 0 && !limits.deadline();
    }
    /// Returns the limits of a call that has no deadline with `command_timeout` as its deadline,
    /// for all exchanges of the call together. Other limits are returned unchanged.
    [[nodiscard]] call_limits with_command_timeout(const call_limits& limits) const;
    /// Runs an operation to its end, for a call that has passed `require_ready`. `limits` are those
    /// that `with_command_timeout` returns; the outer limits count too, and `longest_wait` limits
    /// each wait for the server. When a limit strikes, closes the connection and throws
    /// `timeout_error` or `cancelled_error`.
    void drive(operation& work, const call_limits& limits, const sql_text& sql,
               std::optional<std::chrono::milliseconds> longest_wait = {});
    void end_drive(wait_result ended, const sql_text& sql);
    // --- composite operations: tasks for any driver, which wait for nothing themselves

    friend class statement_operation;
    /// Sends a statement that is prepared and can be run as it is; false where it is not.
    [[nodiscard]] bool send_if_prepared(const sql_text& sql, const detail::argument_view& values);
    void send_prepared(const sql_text& sql, const std::string& name,
                       const detail::argument_view& values);
    /// Runs a statement that is not prepared yet, or one that does more than a query.
    [[nodiscard]] task<result> run_unprepared(const sql_text& sql,
                                              const detail::argument_view& values);
    /// Runs a batch, and once more where something in it had been prepared and is stale. `whole`
    /// names it in messages.
    [[nodiscard]] task<std::vector<result>> run_batch(const batch& statements,
                                                      const sql_text& whole);
    [[nodiscard]] task<std::vector<result>> attempt_batch(const batch& statements,
                                                          const sql_text& whole);
    [[nodiscard]] task<std::vector<result>> run_pipeline(command_planner& commands,
                                                         const sql_text& whole);
    /// The result of what has just been sent.
    [[nodiscard]] task<result> reply(const sql_text& sql);
    /// The same, waiting for it.
    [[nodiscard]] result drive_reply(const call_limits& limits, const sql_text& sql);
    /// What a domain is based on, in the end; any other type is itself.
    [[nodiscard]] task<oid> find_base_type(oid type, const sql_text& sql);
    /// Runs a task to its end, as `drive`, and returns what it returns.
    template <class T>
    T drive_task(task<T> work, const call_limits& limits, const sql_text& sql) {
        composite_operation<T> running(std::move(work));
        drive(running, limits, sql);
        return running.take();
    }

    void send_unnamed(const sql_text& sql, const detail::argument_view& values);
    void send_unnamed(const sql_text& sql, const detail::argument_view& values,
                      const inferred_parameters& inferred);
    /// Throws for the error of one of a call's statements, of their commit where `failed` is their
    /// number: `batch_error` for a batch.
    [[noreturn]] void throw_failed_statement(const result& failure, statement_list& statements,
                                             std::size_t failed, const sql_text& whole);

    // --- statements that the program prepares (prepare.cpp)

    using explicit_statement = prepared_statements::explicit_statement;

    /// The entry of a call's prepared statement, prepared anew if it is stale; never null. Throws
    /// `config_error` when the values do not fit the types that its parameters have since.
    [[nodiscard]] task<const explicit_statement*> up_to_date(const sql_text& sql,
                                                             const detail::argument_view& values);
    /// Prepares a statement and has it described. Never null.
    [[nodiscard]] task<const explicit_statement*> prepare_explicitly(const sql_text& sql);
    /// Asks the server for the types of parameters that have to be known. What it cannot infer
    /// outside a transaction stays as declared.
    /// Throws `conversion_error` for a value that does not fit.
    [[nodiscard]] task<inferred_parameters> infer(statement_list& statements);

    /// Takes note of what has happened since the last statement: changes of schema by other
    /// connections of the pool, notices that were kept.
    void catch_up();
    void note_effects(const statement_traits& traits) {
        prepared_.note_effects(traits, is_in_transaction());
    }
    /// Takes note of an error that the server has sent; closes the connection if it is lost.
    void note_error(const server_error& failure);

    static void receive_notice(void* self, const pg_result* notice) noexcept;

    owned_handle handle_;
    const detail::fork_guard made_in_;
    bool in_notice_handler_ = false;  // libpq is on the stack: nothing may be done to the handle
    bool in_observer_ = false;
    bool queues_notices_ = false;
    std::vector<server_error_fields> queued_notices_{};
    bool close_requested_ = false;  // by the notice handler: done when it can be
    session_options options_;
    call_limits outer_limits_{};
    const char* busy_with_ = nullptr;   // a literal
    const char* why_closed_ = nullptr;  // a literal
    session_pins pins_{};

    prepared_statements prepared_;
    bool in_pipeline_ = false;  // of this session's making
    struct kept_settings {
        std::string restoring_sql;
        notice_handler on_notice;
    };
    std::unique_ptr<const kept_settings> kept_settings_{};

    std::uint64_t transaction_ = 0;  // the number of the one that has an object; 0 without
    std::uint64_t last_transaction_ = 0;
    std::uint64_t committed_ = 0;  // the number of the last one that may have been committed

    std::string scratch_{};                // the statement's text with a zero byte behind it
    detail::shared_origin last_origin_{};  // programs run the same statement over and over
};

}  // namespace dsql::pg
