// SPDX-License-Identifier: Apache-2.0
// Runs statements on a session. Prepares them where possible, and runs a statement or batch again
// if a prepared statement in it was stale.
#include <dsql/detail/fitted_arguments.hpp>
#include <dsql/error.hpp>

#include "errors/statement_context.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/exchange/pipeline_operation.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/libpq_version.hpp"
#include "pg/session/command_planner.hpp"
#include "pg/session/infer_parameters.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <utility>

namespace dsql::pg {

namespace {

std::string description_of(const batch& statements) {
    return "a batch of " + std::to_string(statements.size()) + " statements";
}

// `failed` is `size` when all statements ran and their commit failed.
std::vector<statement_outcome> outcomes(std::size_t size, std::size_t failed) {
    std::vector<statement_outcome> all(size, statement_outcome::aborted);
    std::fill_n(all.begin(), failed, statement_outcome::completed);
    if (failed < size) {
        all[failed] = statement_outcome::failed;
    }
    return all;
}

}  // namespace

[[gnu::hot]] task<result> session::execute(const call_limits& limits, const sql_text& sql,
                                           const detail::argument_view& values, bool is_repeated) {
    require_ready(limits, sql);
    detail::check_statement(sql.text(), values.count);
    catch_up();
    call under_way(*this, sql);
    std::optional<result> answer;
    try {
        for (; !answer; is_repeated = true) {
            try {
                if (send_if_prepared(sql, values)) [[likely]] {
                    query_operation reading(handle_.get());
                    co_await reading;
                    answer = reading.take(sql);
                } else {
                    answer = co_await run_unprepared(sql, values);
                }
            } catch (const server_error& failure) {
                if (is_repeated || !may_repeat_after(failure, sql, values)) {
                    throw;
                }
            }
        }
    } catch (...) {
        under_way.fail();
    }
    under_way.end(*answer);
    note_origin(*answer, sql);
    co_return *std::move(answer);
}

[[gnu::hot]] result session::wait_for_execute(const call_limits& limits, const sql_text& sql,
                                              const detail::argument_view& values) {
    bool is_stale = false;
    if (!calls_back()) [[likely]] {
        std::optional<result> answer = execute_if_prepared(limits, sql, values, is_stale);
        if (answer) [[likely]] {
            return *std::move(answer);
        }
    }
    return wait(execute(limits, sql, values, is_stale), limits);
}

[[gnu::hot]] std::optional<result> session::execute_if_prepared(const call_limits& limits,
                                                                const sql_text& sql,
                                                                const detail::argument_view& values,
                                                                bool& is_stale) {
    require_ready(limits, sql);
    detail::check_statement(sql.text(), values.count);
    catch_up();
    std::optional<result> answer;
    try {
        if (!send_if_prepared(sql, values)) {
            return answer;
        }
        query_operation reading(handle_.get());
        const wait_result ended = drive_within(reading, limits, false);
        if (ended != wait_result::ready) [[unlikely]] {
            throw limit_reached{ended};
        }
        answer = reading.take(sql);
        note_origin(*answer, sql);
    } catch (const server_error& failure) {
        is_stale = may_repeat_after(failure, sql, values);
        if (!is_stale) {
            rethrow_failure(sql);
        }
    } catch (...) {
        rethrow_failure(sql);
    }
    return answer;
}

// If the session is idle after the error, the statement did not run in a transaction and has left
// no effects.
bool session::may_repeat_after(const server_error& failure, const sql_text& sql,
                               const detail::argument_view& values) {
    return is_open() && prepared_.can_recover(failure, sql, values.parameter_types()) && is_idle();
}

[[gnu::hot]] void session::note_origin(result& rows, const sql_text& sql) noexcept {
    if (rows.column_count() == 0 && rows.empty()) {
        return;  // no row or column that an error could be about
    }
    const bool is_last = last_origin_ != nullptr && last_origin_->where == sql.where() &&
                         last_origin_->sql == sql.text();
    if (!is_last) {
        try {
            last_origin_ = std::make_shared<const detail::statement_origin>(
                detail::statement_origin{std::string(sql.text()), sql.where()});
        } catch (const std::bad_alloc&) {
            return;
        }
    }
    rows.origin_ = last_origin_;
}

task<std::vector<result>> session::run(const call_limits& limits, const batch& statements) {
    if (statements.empty()) {
        co_return std::vector<result>();
    }
    const sql_text first = batch_reader(statements).sql(0);
    require_ready(limits, first);
    prepared_.require_own(statements);
    catch_up();
    const std::string whole = description_of(statements);
    const sql_text named(whole, first.where());
    call under_way(*this, named);
    try {
        std::vector<result> answers = co_await run_batch(statements, named);
        under_way.end(answers);
        co_return answers;
    } catch (...) {
        under_way.fail();
    }
}

task<std::vector<result>> session::run_batch(const batch& statements, const sql_text& whole) {
    const bool may_repeat = is_idle();
    try {
        co_return co_await attempt_batch(statements, whole);
    } catch (const batch_error& failure) {
        // A batch with a BEGIN leaves a failed transaction, and the session is not idle then.
        if (!is_open() || !prepared_.can_recover(failure, statements) || !may_repeat ||
            !is_idle()) {
            throw;
        }
    }
    co_return co_await attempt_batch(statements, whole);
}

[[gnu::hot]] bool session::send_if_prepared(const sql_text& sql,
                                            const detail::argument_view& values) {
    prepared_.set_runs_kept(true);
    if (prepared_.has_names_to_close()) [[unlikely]] {
        return false;
    }
    if (sql.prepared() != nullptr) {
        const explicit_statement* const kept = prepared_.find_current(*sql.prepared());
        if (kept != nullptr) [[likely]] {
            send_prepared(sql, kept->name, values);
        }
        return kept != nullptr;
    }
    const auto* const kept = prepared_.cache().find(sql.text(), values.parameter_types());
    if (kept == nullptr) {
        return false;
    }
    if (kept->inferred.empty()) [[likely]] {
        send_prepared(sql, kept->name, values);
    } else {
        const detail::fitted_arguments fitted(values, kept->inferred,
                                              detail::standing_types::inferred);
        send_prepared(sql, kept->name, fitted.view());
    }
    return true;
}

task<result> session::run_unprepared(const sql_text& sql, const detail::argument_view& values) {
    single_statement one(sql, values);
    const statement_traits& traits = one.traits(0);
    require_in_transaction(traits, sql);
    if (sql.prepared() != nullptr) {
        static_cast<void>(co_await up_to_date(sql, values));
    } else {
        require_value_count(traits, one.value_count(0), sql);
    }
    const inferred_parameters inferred = co_await infer(one);
    const bool is_kept =
        sql.prepared() != nullptr || (traits.is_plannable && prepared_.keeps_statements());
    command_planner commands(prepared_, one, inferred);
    prepared_.set_runs_kept(false);
    if (is_kept || prepared_.has_names_to_close()) {
        std::vector<result> results = co_await run_pipeline(commands, sql);
        note_effects(traits);
        co_return std::move(results.at(0));
    }
    send_unnamed(sql, values, inferred);
    result answer = co_await reply(sql);
    note_effects(traits);
    co_return answer;
}

[[gnu::hot]] void session::send_prepared(const sql_text& sql, const std::string& name,
                                         const detail::argument_view& values) {
    prepare_to_send(sql);
    if (PQsendQueryPrepared(handle_.get(), name.c_str(), values.count, values.values,
                            values.lengths, values.formats, 1) == 0) {
        throw_send_failed(handle_.get(), sql);
    }
}

void session::send_unnamed(const sql_text& sql, const detail::argument_view& values,
                           const inferred_parameters& inferred) {
    prepare_to_send(sql);
    const std::vector<oid>* const types = inferred.find(sql.text(), values.parameter_types());
    if (types == nullptr) {
        send_unnamed(sql, values);
        return;
    }
    const detail::fitted_arguments fitted(values, *types, detail::standing_types::inferred);
    send_unnamed(sql, fitted.view());
}

void session::send_unnamed(const sql_text& sql, const detail::argument_view& values) {
    scratch_ = sql.text();
    if (PQsendQueryParams(handle_.get(), scratch_.c_str(), values.count, values.types,
                          values.values, values.lengths, values.formats, 1) == 0) {
        throw_send_failed(handle_.get(), sql);
    }
}

task<result> session::reply(const sql_text& sql) {
    query_operation answer(handle_.get());
    co_await answer;
    co_return answer.take(sql);
}

task<result> session::control(const call_limits& limits, const sql_text& sql, bool* sent) {
    require_ready(limits, sql);
    call under_way(*this, sql);
    try {
        prepare_to_send(sql);
        if (sent != nullptr) {
            *sent = true;
        }
        send_unnamed(sql, {});
        query_operation reading(handle_.get());
        co_await reading;
        result answer = reading.take(sql);
        note_effects({});
        under_way.end(answer);
        co_return answer;
    } catch (...) {
        under_way.fail();
    }
}

task<std::vector<result>> session::attempt_batch(const batch& statements, const sql_text& whole) {
    batch_reader reader(statements);
    statement_traits effects;
    for (std::size_t i = 0; i < reader.size(); ++i) {
        const sql_text sql = reader.sql(i);
        const statement_traits& traits = reader.traits(i);
        require_in_transaction(traits, sql);
        effects.add_changes_of(traits);
        if (sql.prepared() == nullptr) {
            require_value_count(traits, reader.value_count(i), sql);
        } else if (prepared_.find_current(*sql.prepared()) == nullptr) {
            const detail::argument_view values = reader.values(i);
            static_cast<void>(co_await up_to_date(sql, values));
        }
    }
    const inferred_parameters inferred = co_await infer(reader);
    command_planner commands(prepared_, reader, inferred);
    std::vector<result> results = co_await run_pipeline(commands, whole);
    for (std::size_t i = 0; i < results.size(); ++i) {
        note_origin(results[i], reader.sql(i));
    }
    note_effects(effects);
    co_return results;
}

task<std::vector<result>> session::run_pipeline(command_planner& commands, const sql_text& whole) {
    prepare_to_send(whole);
    pipeline_operation pipeline(handle_.get(), commands);
    in_pipeline_ = true;  // stays true if the pipeline throws
    co_await pipeline;
    const bool up = pipeline.finish();
    in_pipeline_ = !up;
    if (!pipeline.failure()) {
        if (!up) {
            throw_connection_lost(handle_.get(), whole);
        }
        commands.rollback_unsent(pipeline.queued());
        co_return std::move(pipeline.results());
    }
    commands.rollback_unsent(pipeline.failed_command());
    prepared_.set_runs_kept(commands.was_kept(pipeline.failed_command()));
    const std::size_t failed = commands.statement_of(pipeline.failed_command());
    throw_failed_statement(*pipeline.failure(), commands.statements(), failed, whole);
}

void session::throw_failed_statement(const result& failure, statement_list& statements,
                                     std::size_t failed, const sql_text& whole) {
    const bool is_known = failed < statements.size();
    try {
        throw_failure(handle_.get(), failure.native_handle(),
                      is_known ? statements.sql(failed) : whole);
    } catch (const server_error& cause) {
        if (statements.is_batch()) {
            throw batch_error(cause, failed, outcomes(statements.size(), failed));
        }
        throw;
    }
}

std::optional<observed_statement> session::begin_exclusive(const call_limits& limits,
                                                           const sql_text& sql,
                                                           const detail::argument_view& values,
                                                           const char* what) {
    require_ready(limits, sql);
    detail::check_statement(sql.text(), values.count);
    const statement_traits traits = traits_of(sql.text());
    require_in_transaction(traits, sql);
    if (sql.prepared() == nullptr) {
        require_value_count(traits, static_cast<std::size_t>(values.count), sql);
    }
    catch_up();
    std::optional<observed_statement> observed;
    if (observer() != nullptr) {
        observed.emplace(*observer(), in_observer_, sql);
    }
    busy_with_ = what;
    prepared_.note_unread_effects(traits);
    return observed;
}

std::int64_t session::rows_in(const result& answer) {
    return answer.affected_rows();
}

std::int64_t session::rows_in(const std::vector<result>& answers) {
    std::int64_t rows = 0;
    for (const result& answer : answers) {
        rows += answer.affected_rows();
    }
    return rows;
}

task<void> session::send_exclusive(const sql_text& sql, const detail::argument_view& values) {
    if (sql.prepared() != nullptr) {
        const auto* const current = co_await up_to_date(sql, values);
        send_prepared(sql, current->name, values);
        co_return;
    }
    single_statement one(sql, values);
    const inferred_parameters inferred = co_await infer(one);
    send_unnamed(sql, values, inferred);
}

}  // namespace dsql::pg
