// SPDX-License-Identifier: Apache-2.0
// How a session runs statements: prepared where it can, and once more where the server has
// forgotten what was prepared.
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

[[gnu::hot]] result session::execute(const call_limits& limits, const sql_text& sql,
                                     const detail::argument_view& values) {
    if (is_under_command_timeout(limits)) [[unlikely]] {
        return execute(with_command_timeout(limits), sql, values);
    }
    require_ready(limits, sql);
    detail::check_statement(sql.text(), values.count);
    catch_up();
    result answer = observed(sql, [&] {
        return close_on_error([&] {
            try {
                return attempt(limits, sql, values);
            } catch (const server_error& failure) {
                // Idle after a statement that failed: it was no transaction's, and has left
                // nothing.
                if (!can_recover(failure, sql, values.parameter_types()) || !is_idle()) {
                    throw;
                }
            }
            return attempt(limits, sql, values);
        });
    });
    note_origin(answer, sql);
    return answer;
}

[[gnu::hot]] void session::note_origin(result& rows, const sql_text& sql) noexcept {
    if (rows.column_count() == 0 && rows.empty()) {
        return;  // nothing to be read
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

std::vector<result> session::run(const call_limits& limits, const batch& statements) {
    if (statements.empty()) {
        return {};
    }
    if (is_under_command_timeout(limits)) {
        return run(with_command_timeout(limits), statements);
    }
    const sql_text first = batch_reader(statements).sql(0);
    require_ready(limits, first);
    require_own(statements);
    catch_up();
    const bool may_repeat = is_idle();
    const std::string whole = description_of(statements);
    return observed(sql_text(whole, first.where()), [&] {
        return close_on_error([&] {
            try {
                return attempt_batch(limits, statements);
            } catch (const batch_error& failure) {
                // With a BEGIN in it, it has left a failed transaction.
                if (!can_recover(failure, statements) || !may_repeat || !is_idle()) {
                    throw;
                }
            }
            return attempt_batch(limits, statements);
        });
    });
}

[[gnu::hot]] result session::attempt(const call_limits& limits, const sql_text& sql,
                                     const detail::argument_view& values) {
    ran_kept_ = true;
    if (prepared_.has_names_to_close()) [[unlikely]] {
        return attempt_new(limits, sql, values);
    }
    if (sql.prepared() != nullptr) {
        const explicit_statement& kept = own(*sql.prepared());
        // An older handle of the same text may have values made to fit other types.
        const bool is_newest = kept.handle.shared_ == sql.prepared()->shared_;
        if (is_newest && !kept.is_stale && kept.traits.is_plannable) [[likely]] {
            return run_prepared(limits, sql, kept.name, values);
        }
    } else if (const auto* const kept =
                   prepared_.cache().find(sql.text(), values.parameter_types())) {
        if (kept->inferred.empty()) [[likely]] {
            return run_prepared(limits, sql, kept->name, values);
        }
        const detail::fitted_arguments fitted(values, kept->inferred,
                                              detail::standing_types::inferred);
        return run_prepared(limits, sql, kept->name, fitted.view());
    }
    return attempt_new(limits, sql, values);
}

// A statement that is not prepared yet, or one that does more than a query.
result session::attempt_new(const call_limits& limits, const sql_text& sql,
                            const detail::argument_view& values) {
    single_statement one(sql, values);
    const statement_traits& traits = one.traits(0);
    require_in_transaction(traits, sql);
    if (sql.prepared() != nullptr) {
        static_cast<void>(up_to_date(limits, sql, values));
    } else {
        require_value_count(traits, one.value_count(0), sql);
    }
    const inferred_parameters inferred = infer(limits, one);
    const bool is_kept =
        sql.prepared() != nullptr || (traits.is_plannable && prepared_.keeps_statements());
    command_planner commands(prepared_, one, inferred);
    ran_kept_ = false;
    result answer = is_kept || prepared_.has_names_to_close()
                        ? std::move(run_pipeline(limits, commands, sql).at(0))
                        : run_unnamed(limits, sql, values, inferred);
    note_effects(traits);
    return answer;
}

[[gnu::hot]] result session::run_prepared(const call_limits& limits, const sql_text& sql,
                                          const std::string& name,
                                          const detail::argument_view& values) {
    make_nonblocking(sql);
    if (PQsendQueryPrepared(handle_.get(), name.c_str(), values.count, values.values,
                            values.lengths, values.formats, 1) == 0) {
        throw_send_failed(handle_.get(), sql);
    }
    return reply(limits, sql);
}

result session::run_unnamed(const call_limits& limits, const sql_text& sql,
                            const detail::argument_view& values,
                            const inferred_parameters& inferred) {
    send_unnamed(sql, values, inferred);
    return reply(limits, sql);
}

void session::send_unnamed(const sql_text& sql, const detail::argument_view& values,
                           const inferred_parameters& inferred) {
    const std::vector<oid>* const types = inferred.find(sql.text(), values.parameter_types());
    if (types == nullptr) {
        send_unnamed(sql, values);
        return;
    }
    const detail::fitted_arguments fitted(values, *types, detail::standing_types::inferred);
    send_unnamed(sql, fitted.view());
}

void session::send_unnamed(const sql_text& sql, const detail::argument_view& values) {
    make_nonblocking(sql);
    scratch_ = sql.text();
    if (PQsendQueryParams(handle_.get(), scratch_.c_str(), values.count, values.types,
                          values.values, values.lengths, values.formats, 1) == 0) {
        throw_send_failed(handle_.get(), sql);
    }
}

[[gnu::hot]] result session::reply(const call_limits& limits, const sql_text& sql) {
    query_operation answer(handle_.get());
    drive(answer, limits, sql);
    return answer.take(sql);
}

result session::control(const call_limits& limits, const sql_text& sql) {
    bool sent = false;
    return control(limits, sql, sent);
}

result session::control(const call_limits& limits, const sql_text& sql, bool& sent) {
    require_ready(limits, sql);
    return observed(sql, [&] {
        return close_on_error([&] {
            make_nonblocking(sql);
            scratch_ = sql.text();
            sent = true;
            send_unnamed(sql, {});
            result answer = reply(limits, sql);
            note_effects({});
            return answer;
        });
    });
}

std::vector<result> session::attempt_batch(const call_limits& limits, const batch& statements) {
    batch_reader reader(statements);
    statement_traits effects;
    for (std::size_t i = 0; i < reader.size(); ++i) {
        const sql_text sql = reader.sql(i);
        const statement_traits& traits = reader.traits(i);
        require_in_transaction(traits, sql);
        effects.add_changes_of(traits);
        if (sql.prepared() != nullptr) {
            static_cast<void>(up_to_date(limits, sql, reader.values(i)));
        } else {
            require_value_count(traits, reader.value_count(i), sql);
        }
    }
    const inferred_parameters inferred = infer(limits, reader);
    command_planner commands(prepared_, reader, inferred);
    const std::string whole = description_of(statements);
    std::vector<result> results =
        run_pipeline(limits, commands, sql_text(whole, reader.sql(0).where()));
    for (std::size_t i = 0; i < results.size(); ++i) {
        note_origin(results[i], reader.sql(i));
    }
    note_effects(effects);
    return results;
}

// Until the end the handle is in pipeline mode, also when something is thrown.
bool session::run_in_pipeline(pipeline_operation& pipeline, const call_limits& limits,
                              const sql_text& sql) {
    in_pipeline_ = true;
    drive(pipeline, limits, sql);
    const bool up = pipeline.finish();
    in_pipeline_ = !up;
    return up;
}

std::vector<result> session::run_pipeline(const call_limits& limits, command_planner& commands,
                                          const sql_text& whole) {
    make_nonblocking(whole);
    pipeline_operation pipeline(handle_.get(), commands);
    const bool up = run_in_pipeline(pipeline, limits, whole);
    if (!pipeline.failure()) {
        if (!up) {
            throw_connection_lost(handle_.get(), whole);
        }
        commands.rollback_unsent(pipeline.queued());
        return std::move(pipeline.results());
    }
    commands.rollback_unsent(pipeline.failed_command());
    ran_kept_ = commands.was_kept(pipeline.failed_command());
    const std::size_t failed = commands.statement_of(pipeline.failed_command());
    if (!up) {
        close();  // still in pipeline mode
    }
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

void session::begin_exclusive(const call_limits& limits, const sql_text& sql,
                              const detail::argument_view& values, const char* what) {
    require_ready(limits, sql);
    detail::check_statement(sql.text(), values.count);
    const statement_traits traits = traits_of(sql.text());
    require_in_transaction(traits, sql);
    if (sql.prepared() == nullptr) {
        require_value_count(traits, static_cast<std::size_t>(values.count), sql);
    }
    catch_up();
    if (observer() != nullptr) {
        occupation_ = tell_of_start(sql);
    }
    busy_with_ = what;
    pending_effects_.add_changes_of(traits);
    must_forget_ |= traits.may_outdate_statements();
    changed_names_ |= traits.changes_settings;
    try {
        send_for_stream(limits, sql, values);
    } catch (...) {
        end_exclusive(ending::failed);
        throw;
    }
}

void session::end_exclusive(ending how, std::int64_t rows) noexcept {
    busy_with_ = nullptr;
    if (!occupation_) {
        return;
    }
    observed_query ended = *std::exchange(occupation_, std::nullopt);
    if (how == ending::as_it_should) {
        ended.rows = rows;
        tell_of_end(ended, nullptr);
        return;
    }
    try {
        throw;
    } catch (const std::exception& failure) {
        tell_of_end(ended, &failure);
    } catch (...) {  // of a function of the program's
        const detail::unknown_exception failure;
        tell_of_end(ended, &failure);
    }
}

auto session::tell_of_start(const sql_text& sql) -> observed_query {
    observed_query started{.sql = std::string(sql.text()), .where = sql.where()};
    started.span = tell_observer(
        [&] { return observer()->query_started({.sql = started.sql, .where = started.where}); });
    started.since = std::chrono::steady_clock::now();
    return started;
}

void session::tell_of_end(const observed_query& ended, const std::exception* failure) noexcept {
    const std::chrono::nanoseconds duration = std::chrono::steady_clock::now() - ended.since;
    tell_observer([&] {
        observer()->query_ended(ended.span, {.sql = ended.sql,
                                             .where = ended.where,
                                             .rows = failure == nullptr ? ended.rows : 0,
                                             .duration = duration,
                                             .error = failure});
    });
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

void session::send_for_stream(const call_limits& limits, const sql_text& sql,
                              const detail::argument_view& values) {
    close_on_error([&] {
        if (sql.prepared() != nullptr) {
            const std::string& name = up_to_date(limits, sql, values).name;
            make_nonblocking(sql);
            if (PQsendQueryPrepared(handle_.get(), name.c_str(), values.count, values.values,
                                    values.lengths, values.formats, 1) == 0) {
                throw_send_failed(handle_.get(), sql);
            }
            return;
        }
        single_statement one(sql, values);
        send_unnamed(sql, values, infer(limits, one));
    });
}

}  // namespace dsql::pg
