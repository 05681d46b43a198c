// SPDX-License-Identifier: Apache-2.0
#include "pg/session/session.hpp"

#include <dsql/error.hpp>
#include <dsql/operation.hpp>
#include <dsql/parameters.hpp>

#include "base/fork_guard.hpp"
#include "base/openssl_thread.hpp"
#include "base/process_exit.hpp"
#include "errors/statement_context.hpp"
#include "pg/error_report.hpp"
#include "pg/io/blocking_driver.hpp"
#include "pg/io/input.hpp"
#include "pg/io/operation.hpp"
#include "pg/io/step_budget.hpp"
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>
#include <sys/socket.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace dsql::pg {

namespace {

session_options checked(session_options options) {
    if (options.command_timeout < std::chrono::milliseconds(0)) {
        throw config_error("command_timeout is negative; 0 means none");
    }
    return options;
}

// These replace libpq's defaults, which print to standard error.
void ignore_text(void*, const char*) noexcept {}
void ignore_result_notice(void*, const pg_result*) noexcept {}

// Returns libpq's default receiver, which passes notices on to the processor. Only a new handle has
// it. The one made here does not connect, because "=" is not a valid connection string.
PQnoticeReceiver original_receiver() noexcept {
    const detail::fork_gate no_fork;  // while the variable below is initialized
    static const PQnoticeReceiver original = [] {
        const owned_handle fresh(PQconnectStart("="));
        const PQnoticeReceiver its_own =
            PQsetNoticeReceiver(fresh.get(), &ignore_result_notice, nullptr);
        return its_own == nullptr ? &ignore_result_notice : its_own;
    }();
    return original;
}

std::string statement_context(const sql_text& sql) {
    return detail::statement_context(sql.text(), sql.where());
}

}  // namespace

session::session(owned_handle owned, session_options options,
                 std::shared_ptr<schema_version> schema, std::string name_prefix)
    : handle_(std::move(owned)),
      options_(checked(std::move(options))),
      prepared_(options_.statement_cache_capacity, std::move(name_prefix), std::move(schema)) {
    if (handle_) {
        PQsetNoticeReceiver(handle_.get(), &receive_notice, this);
        read_tls_ahead(handle_.get());
        keep_to_step_budget(handle_.get());
    }
}

session::~session() {
    close();
}

void session::close(const char* why) noexcept {
    if ((in_notice_handler_ || is_used_by_operation()) && handle_ != nullptr) {
        // libpq is in use by a caller. The current statement finds the connection broken and closes
        // it.
        close_requested_ = true;
        why_closed_ = why;
        shutdown(PQsocket(handle_.get()), SHUT_RDWR);
        return;
    }
    if (handle_ != nullptr && !close_requested_) {
        why_closed_ = why;
    }
    if (made_in_.is_in_child()) {
        static_cast<void>(handle_.release());
    }
    attachment_.reset();  // before the socket is closed
    handle_.reset();
    prepared_.note_closed();
}

void session::operation_use::begin(session& on) {
    if (used_ != nullptr) {
        return;
    }
    if (on.is_used_by_operation()) {
        throw error(
            "the connection is occupied by an operation that has not ended; wait for its end "
            "before beginning another");
    }
    if (!on.under_operation_) {
        on.under_operation_ = true;
        used_ = &on;
    }
}

void session::operation_use::end() noexcept {
    if (used_ != nullptr) {
        session& ended = *std::exchange(used_, nullptr);
        ended.under_operation_ = false;
        if (ended.close_requested_ && !ended.in_notice_handler_) {
            ended.close();
        }
    }
}

std::string session::why_closed() const {
    return why_closed_ == nullptr ? std::string() : std::string(": ") + why_closed_;
}

[[gnu::hot]] bool session::is_open() const noexcept {
    return handle_ != nullptr && !close_requested_ && PQstatus(handle_.get()) == CONNECTION_OK &&
           unasked_.is_in_step();
}

bool session::is_idle() const noexcept {
    return is_open() && busy_with_ == nullptr &&
           PQtransactionStatus(handle_.get()) == PQTRANS_IDLE &&
           PQpipelineStatus(handle_.get()) == PQ_PIPELINE_OFF;
}

bool session::is_in_transaction() const noexcept {
    if (!is_open()) {
        return false;
    }
    const PGTransactionStatusType status = PQtransactionStatus(handle_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

bool session::is_in_exchange() const noexcept {
    return !is_open() || in_pipeline_ || PQtransactionStatus(handle_.get()) == PQTRANS_ACTIVE;
}

pg_conn* session::handle_for_program() noexcept {
    if (handle_ && !in_notice_handler_ && !is_used_by_operation() && !is_in_child()) {
        stop_reading_tls_ahead(handle_.get());
        ignore_step_budget(handle_.get());
    }
    return handle_.get();
}

pg_conn* session::release() noexcept {
    if (in_notice_handler_ || is_used_by_operation()) {
        return nullptr;
    }
    if (handle_) {
        stop_reading_tls_ahead(handle_.get());
        ignore_step_budget(handle_.get());
        PQsetNoticeReceiver(handle_.get(), original_receiver(), nullptr);
        PQsetNoticeProcessor(handle_.get(), &ignore_text, nullptr);
        PQsetnonblocking(handle_.get(), 0);
        why_closed_ = "its libpq handle was given away";
        attachment_.reset();
    }
    return handle_.release();
}

void session::set_notice_handler(notice_handler handler) {
    options_.on_notice = std::move(handler);
}

void session::receive_notice(void* self, const pg_result* notice) noexcept {
    auto& own = *static_cast<session*>(self);
    const bool is_of_libpq = own.parses_idle_input_ || step_budget::current() != nullptr;
    if (is_of_libpq && !own.is_in_handler() && own.unasked_.note(notice)) {
        return;
    }
    if (!own.options_.on_notice) {
        return;
    }
    try {
        if (own.queues_notices_) {
            own.queued_notices_.push_back(fields_of(notice));
        } else {
            own.call_notice_handler(fields_of(notice));
        }
    } catch (...) {
        return;  // no memory: an exception must not pass through libpq, which is C
    }
}

void session::call_notice_handler(const server_error_fields& notice) noexcept {
    const bool outer = std::exchange(in_notice_handler_, true);
    try {
        const notice_handler handler = options_.on_notice;  // a copy, because it may replace itself
        handler(notice);
    } catch (...) {
        static_cast<void>(0);  // exceptions are ignored, as documented
    }
    in_notice_handler_ = outer;
}

void session::hand_over_notices() noexcept {
    const std::vector<server_error_fields> notices = std::exchange(queued_notices_, {});
    for (const server_error_fields& notice : notices) {
        if (options_.on_notice) {
            call_notice_handler(notice);
        }
    }
}

void session::catch_up() {
    if (prepared_.may_be_outdated()) [[unlikely]] {
        prepared_.catch_up(is_in_transaction());
    }
    if (!queued_notices_.empty()) [[unlikely]] {
        hand_over_notices();
    }
}

void session::note_error(const server_error& failure) {
    if (!is_open() || failure.connection_lost() || in_pipeline_) {
        close();  // the server has ended the session, or pipeline mode could not be left
        return;
    }
    prepared_.note_error(failure, is_in_transaction());
}

void session::require_outside_handler(const sql_text& sql) const {
    if (is_in_handler()) {
        throw error(std::string("the connection was used by its own ") +
                    (in_notice_handler_ ? "notice handler" : "observer") +
                    ", while a statement on it is under way; use another connection there" +
                    statement_context(sql));
    }
}

[[gnu::hot]] void session::require_in_time(const call_limits& limits, const sql_text& sql,
                                           const char* before) const {
    const auto has_passed = [](const std::optional<deadline::clock::time_point>& at) {
        return at && *at <= deadline::clock::now();
    };
    if (has_passed(limits.deadline()) || has_passed(outer_limits_.deadline())) {
        throw timeout_error(std::string("the deadline had passed before ") + before +
                            statement_context(sql));
    }
    if (is_stopped(limits)) {
        throw cancelled_error(std::string("stopped before ") + before + statement_context(sql));
    }
}

[[gnu::hot]] void session::require_ready(const call_limits& limits, const sql_text& sql) {
    if (made_in_.is_in_child()) {
        throw error((detail::is_exiting() ? "the process is exiting, and with it its connections"
                                          : "the connection was made before fork(): it is the "
                                            "parent process's; connect anew in the child") +
                    statement_context(sql));
    }
    require_outside_handler(sql);
    if (!is_open()) {
        if (handle_ != nullptr && !unasked_.is_in_step()) {
            throw_out_of_step(sql);
        }
        throw connection_error("the connection is closed" + why_closed() +
                                   "; the statement was not sent" + statement_context(sql),
                               false);
    }
    if (is_used_by_operation()) [[unlikely]] {
        throw error(
            "the connection is occupied by an operation that has not ended; wait for its end "
            "before running a statement" +
            statement_context(sql));
    }
    if (busy_with_ != nullptr) {
        throw error(std::string("the connection is occupied by ") + busy_with_ +
                    "; end that before running a statement" + statement_context(sql));
    }
    require_in_time(limits, sql);
    detail::openssl_thread::begin();
    use_limits(limits);
}

// Only its `transaction` object may end a transaction, because the object records whether it was
// committed. If a statement ended it, a transaction that was committed could be run again.
void session::require_in_transaction(const statement_traits& traits, const sql_text& sql) const {
    if (traits.ends_transaction && transaction_ != 0 && is_in_transaction()) {
        throw error(
            "the statement would end the transaction and was not sent: call the transaction's "
            "commit() or rollback(), or return from the function given to transact" +
            statement_context(sql));
    }
}

// A statement that is not plannable may contain parameters of its own, as CREATE FUNCTION ...
// RETURN $1 does, so it may have fewer values. The server reports missing ones. Nothing is checked
// if standard_conforming_strings is off, because the scanner then cannot tell where a string with a
// backslash ends.
void session::require_value_count(const statement_traits& traits, std::size_t values,
                                  const sql_text& sql) const {
    const bool is_right =
        traits.is_plannable ? values == traits.parameters : values <= traits.parameters;
    if (is_right) [[likely]] {
        return;
    }
    const char* const strings = PQparameterStatus(handle_.get(), "standard_conforming_strings");
    if (strings == nullptr || std::string_view(strings) == "on") {
        detail::throw_value_count("the statement", traits.parameters, values, sql);
    }
}

task<std::uint64_t> session::begin_transaction(const call_limits& limits, const sql_text& sql) {
    if (is_in_transaction()) {
        throw error(
            "the connection is inside a transaction; there are no nested ones and no savepoints" +
            statement_context(sql));
    }
    static_cast<void>(co_await control(limits, sql));
    co_return transaction_ = ++last_transaction_;
}

// Checks the state of the handle, which the program may have changed through `native_handle`. In
// pipeline mode, the statement would never get a result.
[[gnu::hot]] void session::prepare_to_send(const sql_text& sql) {
    if (std::exchange(has_sent_, true)) {
        require_in_time(*limits_in_use_, sql);
    }
    if (PQpipelineStatus(handle_.get()) != PQ_PIPELINE_OFF) {
        throw error(
            "the libpq handle has been left in pipeline mode; leave it before running a statement" +
            statement_context(sql));
    }
    if (PQtransactionStatus(handle_.get()) == PQTRANS_ACTIVE) {
        throw error(
            "the libpq handle is busy with a statement of somebody else's; read its results to the "
            "end before running another" +
            statement_context(sql));
    }
    require_in_step(sql);
    if (PQisnonblocking(handle_.get()) == 0 && PQsetnonblocking(handle_.get(), 1) != 0) {
        throw_send_failed(handle_.get(), sql);
    }
}

[[gnu::hot]] deadline session::deadline_of(const call_limits& limits, bool is_part) const {
    const deadline own = is_under_command_timeout(limits) && !is_part
                             ? deadline(options_.command_timeout)
                             : deadline(limits.deadline());
    return own.earlier(deadline(outer_limits_.deadline()));
}

std::optional<std::chrono::milliseconds> session::longest_wait(const call_limits& limits) const {
    return is_under_command_timeout(limits) ? std::optional(options_.command_timeout)
                                            : std::nullopt;
}

[[gnu::hot]] wait_result session::drive_within(operation& running, const call_limits& limits,
                                               bool is_part) const {
    return pg::run(running, deadline_of(limits, is_part), limits.stop(), outer_limits_.stop(),
                   is_part ? longest_wait(limits) : std::nullopt);
}

std::optional<wait_result> session::reached_limit(const call_limits& limits) const {
    if (is_stopped(limits)) {
        return wait_result::stopped;
    }
    const deadline until = deadline(limits.deadline()).earlier(deadline(outer_limits_.deadline()));
    if (until.at() && *until.at() <= deadline::clock::now()) {
        return wait_result::timed_out;
    }
    return std::nullopt;
}

void session::drive(composite_operation_base& running, const call_limits& limits, bool is_part) {
    const std::optional<wait_result> reached = is_part ? reached_limit(limits) : std::nullopt;
    if (reached) [[unlikely]] {
        running.interrupt(*reached);
    }
    const wait_result ended = drive_within(running, limits, is_part);
    if (ended != wait_result::ready) [[unlikely]] {
        do {
            running.interrupt(ended);
        } while (running.step() != wait_for::done);
    }
}

void session::rethrow_failure(const sql_text& sql) {
    try {
        throw;
    } catch (const limit_reached& limit) {
        close();
        throw_limit_reached(limit.why, sql);
    } catch (const exchange_error& failure) {
        close();
        throw exchange_error(failure.what() + statement_context(sql));
    } catch (const lost_exchange& failure) {
        close();
        throw_connection_lost(failure.what(), sql);
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

void session::throw_limit_reached(wait_result why, const sql_text& sql) {
    const std::string rest =
        " while a statement was under way; it may have run, and the connection has been closed" +
        statement_context(sql);
    if (why == wait_result::stopped) {
        throw cancelled_error("stopped" + rest, true);
    }
    throw timeout_error("the deadline passed" + rest, true);
}

}  // namespace dsql::pg
