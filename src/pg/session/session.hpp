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

/// The state of a connection: the libpq handle, the statements prepared on it, and the limits of
/// its statements. Its address stays the same when the connection is moved, so that transactions,
/// streams and COPYs can pin it (see `detail::session_pin`). Belongs to one thread at a time.
class session {
public:
    /// Takes ownership of a connected handle, or null. Throws `config_error` if an option is
    /// invalid. `schema` is shared with the other connections of a pool. The names of prepared
    /// statements begin with `name_prefix`.
    session(owned_handle owned, session_options options, std::shared_ptr<schema_version> schema,
            std::string name_prefix = "dsql_");
    session(const session&) = delete;
    session& operator=(const session&) = delete;
    ~session();

    [[nodiscard]] pg_conn* handle() const noexcept { return handle_.get(); }
    [[nodiscard]] bool is_open() const noexcept;
    [[nodiscard]] bool is_idle() const noexcept;
    /// Closes the connection. In a forked child, does not touch the handle, because the connection
    /// belongs to the parent. `why`, a string literal, is added to the errors of later calls.
    void close(const char* why = nullptr) noexcept;
    /// Returns why the session was closed, to follow "closed" in a message. Empty if no reason was
    /// given.
    [[nodiscard]] std::string why_closed() const;
    /// Whether this process is a forked child of the one that made the session.
    [[nodiscard]] bool is_in_child() const noexcept { return made_in_.is_in_child(); }
    /// The transactions, streams and COPYs that use the session.
    [[nodiscard]] session_pins& pins() noexcept { return pins_; }
    [[nodiscard]] pg_conn* release() noexcept;
    void set_notice_handler(notice_handler handler);
    /// The observer of its statements, or null.
    [[nodiscard]] dsql::observer* observer() const noexcept { return options_.observer.get(); }

    /// Runs one statement. Throws `server_error` if the server reports an error, `connection_error`
    /// if the connection is closed or lost, `timeout_error` or `cancelled_error` when a limit is
    /// reached, `conversion_error` for values that do not fit the statement, `config_error` for a
    /// prepared statement that cannot be used here, and `error` if the connection is busy or
    /// belongs to a parent process.
    [[nodiscard]] result execute(const call_limits& limits, const sql_text& sql,
                                 const detail::argument_view& values);
    /// Runs a batch. Throws `batch_error` if a statement fails, and otherwise what `execute`
    /// throws.
    [[nodiscard]] std::vector<result> run(const call_limits& limits, const batch& statements);
    /// Runs a statement of the library itself, without values and without preparing it. Throws what
    /// `execute` throws.
    [[nodiscard]] result control(const call_limits& limits, const sql_text& sql);
    /// Like the function above. Also sets `sent` to true when the server may have received a part
    /// of the statement.
    [[nodiscard]] result control(const call_limits& limits, const sql_text& sql, bool& sent);

    /// Begins a transaction with the statement `sql` and returns its number, with which its object
    /// can tell whether it is still the session's transaction. Until `end_transaction`, statements
    /// that would end it are rejected. Throws what `control` throws, and `error` inside a
    /// transaction.
    [[nodiscard]] std::uint64_t begin_transaction(const call_limits& limits, const sql_text& sql);
    void end_transaction() noexcept { transaction_ = 0; }
    [[nodiscard]] bool has_transaction(std::uint64_t number) const noexcept {
        return transaction_ == number;
    }
    /// Notes that the COMMIT of this transaction was sent and not rejected. The note outlives the
    /// transaction's object.
    void note_commit(std::uint64_t number) noexcept { committed_ = number; }
    [[nodiscard]] bool has_committed(std::uint64_t number) const noexcept {
        return committed_ == number;
    }
    /// Whether a transaction is open on the server, failed or not. False while a stream or COPY is
    /// running; calls are then rejected for that reason.
    [[nodiscard]] bool is_in_transaction() const noexcept;

    /// Returns the type that a domain is based on, through all levels of domains, and any other
    /// type as it is. May ask the server; errors then name the statement `sql`. Call it inside
    /// `close_on_error`. Throws what `execute` throws.
    [[nodiscard]] oid base_type(const call_limits& limits, oid type, const sql_text& sql);

    [[nodiscard]] statement prepare(const call_limits& limits, const sql_text& sql);
    void deallocate(const statement& prepared);

    /// Saves the session's settings, role and notice handler for `restore_settings`. Throws what
    /// `control` throws.
    void keep_settings(const call_limits& limits);
    /// Restores what `keep_settings` has saved, in one round trip, and stops a trace. Keeps
    /// prepared statements, unless search_path or the role has changed, because names may then
    /// refer to other tables. Throws what `control` throws, and `error` if nothing was saved.
    void restore_settings(const call_limits& limits);

    /// Sets a deadline and a stop token for all calls, in addition to each call's own.
    void set_outer_limits(const call_limits& limits) { outer_limits_ = limits; }
    [[nodiscard]] const call_limits& outer_limits() const noexcept { return outer_limits_; }

    // --- for a stream or COPY, see exclusive_use

    /// Marks the connection as busy with `what`, a string literal, and notifies the observer, if
    /// there is one, of the statement. Throws what `execute` throws for a statement that must not
    /// be sent.
    [[nodiscard]] std::optional<observed_statement> begin_exclusive(
        const call_limits& limits, const sql_text& sql, const detail::argument_view& values,
        const char* what);
    /// Sends the statement of a stream or COPY and does not wait for its result.
    void send_exclusive(const call_limits& limits, const sql_text& sql,
                        const detail::argument_view& values);
    /// Marks the connection as free again.
    void end_exclusive() noexcept { busy_with_ = nullptr; }

    /// Throws `timeout_error` or `cancelled_error` if the deadline has passed or a stop was
    /// requested. `before` is the end of the message, which begins with "the deadline had passed
    /// before ".
    void require_in_time(const call_limits& limits, const sql_text& sql,
                         const char* before = "the statement was sent; it has not run") const;

    /// Runs an operation to its end. When a limit is reached, closes the connection and throws
    /// `timeout_error` or `cancelled_error`. If `limits` has no deadline, `command_timeout` applies
    /// to the whole operation.
    void drive(operation& work, const call_limits& limits, const sql_text& sql);
    /// Like `drive`, for a part of a stream or COPY: `command_timeout` applies to each single wait
    /// for the server.
    void drive_transfer(operation& work, const call_limits& limits, const sql_text& sql);

    /// Whether a statement may call functions of the program: the notice handler or the observer.
    [[nodiscard]] bool calls_back() const noexcept {
        return options_.on_notice != nullptr || options_.observer != nullptr;
    }
    /// Queues notices during the lifetime of the returned object; the next statement delivers them.
    /// Used where the notice handler must not be called, for example while a pool's lock is held.
    [[nodiscard]] auto queue_notices() noexcept {
        struct queueing {
            bool& is_on;
            ~queueing() { is_on = false; }
        };
        queues_notices_ = true;
        return queueing{queues_notices_};
    }

    /// Whether the result of something that was sent has not been read to its end. True if the
    /// connection is closed.
    [[nodiscard]] bool is_in_exchange() const noexcept;

    /// Calls `f` and returns its result. Closes the connection if `f` throws in the middle of an
    /// exchange or because the connection is lost.
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
                close();  // an unfinished exchange cannot be continued
            }
            throw;
        }
    }

private:
    /// Calls `f`, and notifies the observer, if there is one, of the start and the end.
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

    /// Stores in `rows` the statement they are from, for error messages. Does nothing if there is
    /// no memory for it.
    void note_origin(result& rows, const sql_text& sql) noexcept;

    void require_ready(const call_limits& limits, const sql_text& sql) const;
    void require_in_transaction(const statement_traits& traits, const sql_text& sql) const;
    /// Throws `conversion_error` if the number of values differs from the number of parameters in
    /// the text. The server would not report superfluous values, because each value declares a
    /// parameter.
    void require_value_count(const statement_traits& traits, std::size_t values,
                             const sql_text& sql) const;
    void require_outside_handler(const sql_text& sql) const;
    void hand_over_notices() noexcept;
    void call_notice_handler(const server_error_fields& notice) noexcept;
    void make_nonblocking(const sql_text& sql);
    [[nodiscard]] bool is_under_command_timeout(const call_limits& limits) const noexcept {
        return options_.command_timeout.count() != 0 && !limits.deadline();
    }
    /// Returns the limits of a call with `command_timeout` as its deadline. For calls that may take
    /// several exchanges, because the timeout applies to all of them together.
    [[nodiscard]] call_limits with_command_timeout(const call_limits& limits) const;
    /// Runs an operation within the call's own deadline and the outer limits.
    void run_until(const deadline& own, std::optional<std::chrono::milliseconds> longest_wait,
                   operation& work, const call_limits& limits, const sql_text& sql);
    void end_drive(wait_result ended, const sql_text& sql);
    // --- composite operations: tasks for any driver, which never block

    friend class statement_operation;
    /// Sends the statement if it is prepared and up to date. Otherwise sends nothing and returns
    /// false.
    [[nodiscard]] bool send_if_prepared(const sql_text& sql, const detail::argument_view& values);
    void send_prepared(const sql_text& sql, const std::string& name,
                       const detail::argument_view& values);
    /// Runs a statement that `send_if_prepared` did not send. Prepares it first if that is
    /// possible.
    [[nodiscard]] task<result> run_unprepared(const sql_text& sql,
                                              const detail::argument_view& values);
    /// Runs a batch, and runs it again if a prepared statement in it was stale. `whole` names the
    /// batch in messages.
    [[nodiscard]] task<std::vector<result>> run_batch(const batch& statements,
                                                      const sql_text& whole);
    [[nodiscard]] task<std::vector<result>> attempt_batch(const batch& statements,
                                                          const sql_text& whole);
    [[nodiscard]] task<std::vector<result>> run_pipeline(command_planner& commands,
                                                         const sql_text& whole);
    /// Reads the result of the statement that was just sent.
    [[nodiscard]] task<result> reply(const sql_text& sql);
    /// Like `reply`, but blocks until the result has arrived.
    [[nodiscard]] result drive_reply(const call_limits& limits, const sql_text& sql);
    /// See `base_type`.
    [[nodiscard]] task<oid> find_base_type(oid type, const sql_text& sql);
    /// Runs a task to its end with `drive` and returns its value.
    template <class T>
    T drive_task(task<T> work, const call_limits& limits, const sql_text& sql) {
        composite_operation<T> running(std::move(work));
        drive(running, limits, sql);
        return running.take();
    }

    void send_unnamed(const sql_text& sql, const detail::argument_view& values);
    void send_unnamed(const sql_text& sql, const detail::argument_view& values,
                      const inferred_parameters& inferred);
    /// Throws the server's error for the statement with the index `failed`, or for the commit if
    /// `failed` is the number of statements: `batch_error` for a batch, otherwise `server_error`.
    [[noreturn]] void throw_failed_statement(const result& failure, statement_list& statements,
                                             std::size_t failed, const sql_text& whole);

    // --- statements that the program prepares (prepare.cpp)

    using explicit_statement = prepared_statements::explicit_statement;

    /// Returns the entry of the prepared statement `sql`, never null. Prepares it again if it is
    /// stale. Throws `config_error` if the values do not fit the types that its parameters have
    /// now.
    [[nodiscard]] task<const explicit_statement*> up_to_date(const sql_text& sql,
                                                             const detail::argument_view& values);
    /// Prepares a statement and describes it. Returns its new entry, never null.
    [[nodiscard]] task<const explicit_statement*> prepare_explicitly(const sql_text& sql);
    /// Asks the server for the parameter types that decide how values are sent. Outside a
    /// transaction, a type that the server cannot infer stays as declared.
    /// Throws `conversion_error` for a value that does not fit.
    [[nodiscard]] task<inferred_parameters> infer(statement_list& statements);

    /// Handles what has happened since the last statement: changes of the schema by other
    /// connections of the pool, and queued notices.
    void catch_up();
    void note_effects(const statement_traits& traits) {
        prepared_.note_effects(traits, is_in_transaction());
    }
    /// Handles an error from the server. Closes the connection if it is lost.
    void note_error(const server_error& failure);

    static void receive_notice(void* self, const pg_result* notice) noexcept;

    owned_handle handle_;
    const detail::fork_guard made_in_;
    bool in_notice_handler_ = false;  // libpq is on the stack: do not change the handle
    bool in_observer_ = false;
    bool queues_notices_ = false;
    std::vector<server_error_fields> queued_notices_{};
    bool close_requested_ = false;  // by the notice handler; done after it returns
    session_options options_;
    call_limits outer_limits_{};
    const char* busy_with_ = nullptr;   // a literal
    const char* why_closed_ = nullptr;  // a literal
    session_pins pins_{};

    prepared_statements prepared_;
    bool in_pipeline_ = false;  // entered by this session, and not left
    struct kept_settings {
        std::string restoring_sql;
        notice_handler on_notice;
    };
    std::unique_ptr<const kept_settings> kept_settings_{};

    std::uint64_t transaction_ = 0;  // the number of the one with an object, or 0
    std::uint64_t last_transaction_ = 0;
    std::uint64_t committed_ = 0;  // the number of the last one that may have been committed

    std::string scratch_{};                // the statement's text, zero-terminated
    detail::shared_origin last_origin_{};  // reused when a statement is repeated
};

}  // namespace dsql::pg
