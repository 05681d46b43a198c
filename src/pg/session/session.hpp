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
#include "pg/io/deadline.hpp"
#include "pg/io/frame_cache.hpp"
#include "pg/io/idle_messages.hpp"
#include "pg/io/operation.hpp"
#include "pg/io/task.hpp"
#include "pg/session/infer_parameters.hpp"
#include "pg/session/observed_statement.hpp"
#include "pg/session/prepared_statements.hpp"
#include "pg/session/session_pins.hpp"
#include "pg/session/unasked_input.hpp"
#include "pg/sql/statement_traits.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dsql {
class socket_attachment;
}

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
    /// The handle for functions of libpq that the program calls.
    [[nodiscard]] pg_conn* handle_for_program() noexcept;
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

    // --- Calls. Each is a task, which never blocks. The session and the arguments that are passed
    // by reference must outlive it. A call that fails in the middle of an exchange closes the
    // connection.

    /// Runs one statement. Throws `server_error` if the server reports an error, `connection_error`
    /// if the connection is closed or lost, `timeout_error` or `cancelled_error` when a limit is
    /// reached, `conversion_error` for values that do not fit the statement, `config_error` for a
    /// prepared statement that cannot be used here, and `error` if the connection is busy or
    /// belongs to a parent process.
    /// `is_repeated`: the statement has been stale once, and is not run once more if it is again.
    task<result> execute(const call_limits& limits, const sql_text& sql,
                         const detail::argument_view& values, bool is_repeated = false);
    /// Runs a batch. Throws `batch_error` if a statement fails, and otherwise what `execute`
    /// throws.
    task<std::vector<result>> run(const call_limits& limits, const batch& statements);
    /// Runs a statement of the library itself, without values and without preparing it. Sets
    /// `*sent` to true, unless `sent` is null, before the server may receive a part of the
    /// statement. Throws what `execute` throws.
    task<result> control(const call_limits& limits, const sql_text& sql, bool* sent = nullptr);

    /// Begins a transaction with the statement `sql` and returns its number, with which its object
    /// can tell whether it is still the session's transaction. Until `end_transaction`, statements
    /// that would end it are rejected. Throws what `control` throws, and `error` inside a
    /// transaction.
    task<std::uint64_t> begin_transaction(const call_limits& limits, const sql_text& sql);
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

    /// Returns the type that each domain is based on, through all levels of domains, and any other
    /// type as it is. May ask the server; errors then name the statement `sql`. Throws what
    /// `execute` throws.
    task<std::vector<oid>> base_types(std::vector<oid> types, const sql_text& sql);

    /// Prepares a statement, or returns the one that was prepared with the same text. Throws what
    /// `control` throws.
    task<statement> prepare(const call_limits& limits, const sql_text& sql);
    /// Removes a prepared statement from the server, see `connection::deallocate`. Throws what
    /// `control` throws, and `config_error` if the statement is not one of this session.
    task<void> deallocate(const statement& prepared);

    /// Saves the session's settings, role and notice handler for `restore_settings`. Throws what
    /// `control` throws.
    task<void> keep_settings(const call_limits& limits);
    /// Restores what `keep_settings` has saved, in one round trip, and stops a trace. Keeps
    /// prepared statements, unless search_path or the role has changed, because names may then
    /// refer to other tables. Throws what `control` throws, and `error` if nothing was saved.
    task<void> restore_settings(const call_limits& limits);

    /// Runs `execute` to its end on this thread, as `wait` does.
    result wait_for_execute(const call_limits& limits, const sql_text& sql,
                            const detail::argument_view& values);
    /// Runs a call to its end on this thread and returns its result. `limits` are those that the
    /// call was given. If they have no deadline, `command_timeout` applies to the whole call. When
    /// a limit is reached, the call closes the connection and throws `timeout_error` or
    /// `cancelled_error`.
    template <class T>
    T wait(task<T> work, const call_limits& limits) {
        composite_operation<T> running(std::move(work));
        drive(running, limits, false);
        return running.take();
    }
    /// Like `wait`, for a part of a stream or COPY: `command_timeout` applies to each single wait
    /// for the server. A limit that has been reached ends the part before its first wait, because
    /// otherwise nothing would end one that never has to wait.
    template <class T>
    T wait_for_part(task<T> work, const call_limits& limits) {
        composite_operation<T> running(std::move(work));
        drive(running, limits, true);
        return running.take();
    }

    /// Until when a call with these limits may take; none: there is no limit. `is_part`: the call
    /// is a part of a stream or COPY, for which `command_timeout` is no limit of the whole.
    [[nodiscard]] deadline deadline_of(const call_limits& limits, bool is_part) const;
    /// The limit that has been reached, of a call with these limits; none: it may go on.
    [[nodiscard]] std::optional<wait_result> reached_limit(const call_limits& limits) const;
    /// How long such a part may wait for the server at a time; none: there is no limit.
    [[nodiscard]] std::optional<std::chrono::milliseconds> longest_wait(
        const call_limits& limits) const;
    /// What an event loop keeps with the socket. It is destroyed before the socket is closed.
    [[nodiscard]] std::shared_ptr<socket_attachment>& attachment() noexcept { return attachment_; }

    /// The use of the session by an operation whose steps an event loop runs. During that time, a
    /// call of anybody else throws `error`, and `close` makes the operation fail instead of closing
    /// the connection under it.
    class operation_use {
    public:
        operation_use() noexcept = default;
        operation_use(const operation_use&) = delete;
        operation_use& operator=(const operation_use&) = delete;
        ~operation_use() { end(); }
        /// Throws `error` if another operation uses the session. Does nothing if it has begun.
        void begin(session& on);
        void end() noexcept;

    private:
        session* used_ = nullptr;
    };
    /// A step of that operation, which may use the session.
    class operation_step {
    public:
        explicit operation_step(session& on) noexcept
            : on_(on), outer_(std::exchange(on.in_operation_step_, true)) {}
        operation_step(const operation_step&) = delete;
        operation_step& operator=(const operation_step&) = delete;
        ~operation_step() { on_.in_operation_step_ = outer_; }

    private:
        session& on_;
        const bool outer_;
    };

    /// The memory for the frames of this session's tasks.
    [[nodiscard]] frame_cache* frames() noexcept { return &frames_; }

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
    /// Sends the statement of a stream or COPY and does not wait for its result. Throws what
    /// `execute` throws. The session and both arguments must outlive the task.
    task<void> send_exclusive(const sql_text& sql, const detail::argument_view& values);
    /// Marks the connection as free again.
    void end_exclusive() noexcept { busy_with_ = nullptr; }

    /// Throws `timeout_error` or `cancelled_error` if the deadline has passed or a stop was
    /// requested. `before` is the end of the message, which begins with "the deadline had passed
    /// before ".
    void require_in_time(const call_limits& limits, const sql_text& sql,
                         const char* before = "the statement was sent; it has not run") const;

    /// Throws `error` while the notice handler or the observer of this session runs.
    void require_outside_handler(const sql_text& sql) const;
    /// Whether the session's notice handler or observer is being called.
    [[nodiscard]] bool is_in_handler() const noexcept { return in_notice_handler_ || in_observer_; }

    /// Call it in the `catch` block around a call. Closes the connection if it can no longer be
    /// used. Throws `timeout_error` or `cancelled_error` in place of `limit_reached`, adds the
    /// statement to the message of an `exchange_error`, and rethrows any other exception.
    [[noreturn]] void rethrow_failure(const sql_text& sql);

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

    /// Whether the operation under way was cancelled: nothing more is sent for it. Set it before
    /// each of its steps, and reset it at its end.
    void set_cancelled(bool is_cancelled) noexcept { is_operation_cancelled_ = is_cancelled; }
    /// The limits of what is sent next, for calls that do not begin with `require_ready`. They
    /// outlive the sending.
    void use_limits(const call_limits& limits) noexcept {
        limits_in_use_ = &limits;
        has_sent_ = false;
    }
    /// Whether a stop is requested of a call with these limits, or its operation was cancelled.
    [[nodiscard]] bool is_stopped(const call_limits& limits) const noexcept {
        return is_operation_cancelled_ || limits.stop().stop_requested() ||
               outer_limits_.stop().stop_requested();
    }

    /// Reads what the server has sent while no statement is under way, and keeps its notices for
    /// the next statement. Returns false if the session cannot be used any more: the connection is
    /// broken, or the server has sent something that belongs to a statement.
    [[nodiscard]] bool read_idle_input() noexcept;

    /// Whether the result of something that was sent has not been read to its end. True if the
    /// connection is closed.
    [[nodiscard]] bool is_in_exchange() const noexcept;

private:
    /// One call, from its start to its end. Notifies the observer, if there is one, of both.
    class call {
    public:
        call(session& on, const sql_text& sql) : session_(on), sql_(sql) {
            if (on.observer() != nullptr) [[unlikely]] {
                observed_.emplace(*on.observer(), on.in_observer_, sql);
            }
        }
        call(const call&) = delete;
        call& operator=(const call&) = delete;
        /// Closes the connection if the call was abandoned in the middle of an exchange.
        ~call() {
            session_.has_sent_ = false;
            if (is_over_) {
                return;
            }
            if (session_.is_in_exchange()) {
                session_.close("its operation was given up");
            }
            if (observed_) {
                observed_->give_up();
            }
        }
        /// Records that the call succeeded with `answer`: a `result` or a vector of them.
        template <class Answer>
        void end(const Answer& answer) {
            if (observed_) [[unlikely]] {
                observed_->end(rows_in(answer));
            }
            is_over_ = true;
        }
        /// Call it in the `catch` block around the call. Records that the call failed, and throws
        /// what `rethrow_failure` throws.
        [[noreturn]] void fail() {
            is_over_ = true;
            try {
                session_.rethrow_failure(sql_);
            } catch (...) {
                if (observed_) {
                    observed_->fail();
                }
                throw;
            }
        }

    private:
        session& session_;
        const sql_text& sql_;
        std::optional<observed_statement> observed_{};
        bool is_over_ = false;
    };
    [[nodiscard]] static std::int64_t rows_in(const result& answer);
    [[nodiscard]] static std::int64_t rows_in(const std::vector<result>& answers);

    /// Stores in `rows` the statement they are from, for error messages. Does nothing if there is
    /// no memory for it.
    void note_origin(result& rows, const sql_text& sql) noexcept;

    void require_ready(const call_limits& limits, const sql_text& sql);
    /// Whether an operation uses the session, and the caller is none of its steps.
    [[nodiscard]] bool is_used_by_operation() const noexcept {
        return under_operation_ && !in_operation_step_;
    }
    void require_in_transaction(const statement_traits& traits, const sql_text& sql) const;
    /// Throws `conversion_error` if the number of values differs from the number of parameters in
    /// the text. The server would not report superfluous values, because each value declares a
    /// parameter.
    void require_value_count(const statement_traits& traits, std::size_t values,
                             const sql_text& sql) const;
    void hand_over_notices() noexcept;
    void call_notice_handler(const server_error_fields& notice) noexcept;
    /// Call it once before each sending. If it is not the call's first, throws what
    /// `require_in_time` throws: a call that has waited for one answer must not send more after its
    /// deadline.
    void prepare_to_send(const sql_text& sql);
    /// Throws if the server has closed the connection, or has sent something that belongs to a
    /// statement although none is under way: the next statement would get it as its result. Throws
    /// `server_error` if the server has sent the error that ended the session, and otherwise
    /// `connection_error`.
    void require_in_step(const sql_text& sql);
    [[noreturn]] void throw_out_of_step(const sql_text& sql);
    [[nodiscard]] bool is_under_command_timeout(const call_limits& limits) const noexcept {
        return options_.command_timeout.count() != 0 && !limits.deadline();
    }
    /// Runs an operation until it is done or a limit is reached.
    [[nodiscard]] wait_result drive_within(operation& running, const call_limits& limits,
                                           bool is_part) const;
    /// Runs a task's operation to its end. When a limit is reached, `limit_reached` is thrown where
    /// the task waits.
    void drive(composite_operation_base& running, const call_limits& limits, bool is_part);
    [[noreturn]] void throw_limit_reached(wait_result why, const sql_text& sql);

    // --- Parts of calls. The arguments that are passed by reference must outlive a task.

    /// Runs a statement that is prepared, without the costs of a task. Returns nothing if it is not
    /// prepared, and also sets `is_stale` if it turned out to be stale. Only for a session that
    /// calls nothing back.
    [[nodiscard]] std::optional<result> execute_if_prepared(const call_limits& limits,
                                                            const sql_text& sql,
                                                            const detail::argument_view& values,
                                                            bool& is_stale);
    /// Sends the statement if it is prepared and up to date. Otherwise sends nothing and returns
    /// false.
    [[nodiscard]] bool send_if_prepared(const sql_text& sql, const detail::argument_view& values);
    void send_prepared(const sql_text& sql, const std::string& name,
                       const detail::argument_view& values);
    /// Whether a statement that failed may be run again, because it had been prepared and is stale.
    [[nodiscard]] bool may_repeat_after(const server_error& failure, const sql_text& sql,
                                        const detail::argument_view& values);
    /// Runs a statement that `send_if_prepared` did not send. Prepares it first if that is
    /// possible.
    task<result> run_unprepared(const sql_text& sql, const detail::argument_view& values);
    /// Runs a batch, and runs it again if a prepared statement in it was stale. `whole` names the
    /// batch in messages.
    task<std::vector<result>> run_batch(const batch& statements, const sql_text& whole);
    /// Runs a batch once.
    task<std::vector<result>> attempt_batch(const batch& statements, const sql_text& whole);
    /// Sends `commands` in one pipeline and returns the results of their statements. Throws what
    /// `throw_failed_statement` throws, and `connection_error` if the connection is lost.
    task<std::vector<result>> run_pipeline(command_planner& commands, const sql_text& whole);
    /// Reads the result of the statement that was just sent.
    task<result> reply(const sql_text& sql);
    /// See `base_types`.
    task<oid> find_base_type(oid type, const sql_text& sql);
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
    task<const explicit_statement*> up_to_date(const sql_text& sql,
                                               const detail::argument_view& values);
    /// Prepares a statement and describes it. Returns its new entry, never null.
    task<const explicit_statement*> prepare_explicitly(const sql_text& sql);
    // `is_prepared` becomes true once the server knows the statement by that name.
    task<const explicit_statement*> prepare_as(const std::string& name, bool& is_prepared,
                                               const sql_text& sql);
    /// Asks the server for the parameter types that decide how values are sent. Outside a
    /// transaction, a type that the server cannot infer stays as declared. Throws
    /// `conversion_error` for a value that does not fit.
    task<inferred_parameters> infer(statement_list& statements);

    /// Handles what has happened since the last statement: changes of the schema by other
    /// connections of the pool, and queued notices.
    void catch_up();
    void note_effects(const statement_traits& traits) {
        prepared_.note_effects(traits, is_in_transaction());
    }
    /// Handles an error from the server. Closes the connection if it is lost.
    void note_error(const server_error& failure);

    static void receive_notice(void* self, const pg_result* notice) noexcept;

    frame_cache frames_{};
    owned_handle handle_;
    std::shared_ptr<socket_attachment> attachment_{};
    const detail::fork_guard made_in_;
    bool in_notice_handler_ = false;  // libpq is on the stack: do not change the handle
    bool in_observer_ = false;
    bool queues_notices_ = false;
    unasked_input unasked_{};
    idle_messages idle_messages_{};
    bool parses_idle_input_ = false;
    std::vector<server_error_fields> queued_notices_{};
    bool under_operation_ = false;    // of an event loop, from its first step to its end
    bool in_operation_step_ = false;  // one of its steps is running
    bool is_operation_cancelled_ = false;
    bool has_sent_ = false;  // something of the call: its limits count again before it sends more
    // Of the call that sends next; looked at only if `has_sent_`.
    const call_limits* limits_in_use_ = nullptr;
    bool close_requested_ = false;  // while libpq was in use; done afterwards
    session_options options_;
    call_limits outer_limits_{};
    const char* busy_with_ = nullptr;   // a literal
    const char* why_closed_ = nullptr;  // a literal
    session_pins pins_{};

    prepared_statements prepared_;
    bool in_pipeline_ = false;  // entered by this session and not left yet
    struct kept_settings {
        std::string restoring_sql;
        notice_handler on_notice;
    };
    std::unique_ptr<const kept_settings> kept_settings_{};

    std::uint64_t transaction_ = 0;  // the number of the transaction that has an object, or 0
    std::uint64_t last_transaction_ = 0;
    std::uint64_t committed_ = 0;  // the number of the last one that may be committed

    std::string scratch_{};                // the statement's text, zero-terminated
    detail::shared_origin last_origin_{};  // reused when a statement is repeated
};

}  // namespace dsql::pg
