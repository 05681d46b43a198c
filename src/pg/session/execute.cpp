// SPDX-License-Identifier: Apache-2.0
// How a session runs statements: prepared where it can, and once more where the server has
// forgotten what was prepared.
#include <dsql/error.hpp>

#include "pg/exchange/batch_reader.hpp"
#include "pg/exchange/pipeline_operation.hpp"
#include "pg/exchange/reply_operation.hpp"
#include "pg/libpq_version.hpp"
#include "pg/session/command_planner.hpp"
#include "pg/session/server_failure.hpp"
#include "pg/session/session.hpp"
#include "statement_context.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <utility>

namespace dsql::pg {

namespace {

// Whether a prepared statement has to be prepared anew: the server has lost it, or a change of
// schema has altered what it returns. The text may be translated, the function's name is not.
// Source: PostgreSQL, src/backend/utils/cache/plancache.c, RevalidateCachedQuery.
bool is_about_stale_statement(const server_error& failure) {
    return failure.sqlstate() == "26000" ||
           (failure.sqlstate() == "0A000" &&
            (failure.fields().source_function == "RevalidateCachedQuery" ||
             failure.fields().message.find("cached plan must not change result type") !=
                 std::string::npos));
}

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
    require_ready(limits, sql);
    detail::check_statement(sql.text(), values.count);
    return observed(sql, [&] {
        return guarded([&] {
            try {
                return attempt(limits, sql, values);
            } catch (const server_error& failure) {
                // Idle after a statement that failed: it was no transaction's, and has left
                // nothing.
                if (!forget_stale(failure) || !is_idle()) {
                    throw;
                }
            }
            return attempt(limits, sql, values);
        });
    });
}

std::vector<result> session::run(const call_limits& limits, const batch& statements) {
    if (statements.empty()) {
        return {};
    }
    require_ready(limits, batch_reader(statements).sql(0));
    require_own(statements);
    const bool may_repeat = is_idle();
    const std::string whole = description_of(statements);
    return observed(sql_text(whole, batch_reader(statements).sql(0).where()), [&] {
        return guarded([&] {
            try {
                return attempt_batch(limits, statements);
            } catch (const batch_error& failure) {
                if (!forget_stale(failure) || !may_repeat) {
                    throw;
                }
            }
            return attempt_batch(limits, statements);
        });
    });
}

bool session::is_stale(const statement& prepared) const {
    return std::find(stale_prepared_.begin(), stale_prepared_.end(), prepared.name()) !=
           stale_prepared_.end();
}

[[gnu::hot]] const std::string* session::ready_name(const sql_text& sql,
                                                    const detail::argument_view& values) {
    if (!names_to_close_.empty()) {
        return nullptr;
    }
    if (sql.prepared() != nullptr) {
        return is_stale(*sql.prepared()) ? nullptr : &sql.prepared()->name();
    }
    return cache_.find(sql.text(), values.parameter_types());
}

[[gnu::hot]] result session::attempt(const call_limits& limits, const sql_text& sql,
                                     const detail::argument_view& values) {
    if (const std::string* const name = ready_name(sql, values)) {
        return run_prepared(limits, sql, *name, values);
    }
    if (options_.statement_cache_capacity == 0 && sql.prepared() == nullptr &&
        names_to_close_.empty()) {
        return run_unnamed(limits, sql, values);
    }
    single_statement one(sql, values);
    command_planner commands(*this, one);
    return std::move(run_pipeline(limits, commands, sql).at(0));
}

[[gnu::hot]] result session::run_prepared(const call_limits& limits, const sql_text& sql,
                                          const std::string& name,
                                          const detail::argument_view& values) {
    make_nonblocking(sql);
    if (PQsendQueryPrepared(handle_.get(), name.c_str(), values.count, values.values,
                            values.lengths, values.formats, 1) == 0) {
        throw_unsendable(handle_.get(), sql);
    }
    return reply(limits, sql);
}

result session::run_unnamed(const call_limits& limits, const sql_text& sql,
                            const detail::argument_view& values) {
    send_unnamed(sql, values);
    return reply(limits, sql);
}

void session::send_unnamed(const sql_text& sql, const detail::argument_view& values) {
    make_nonblocking(sql);
    scratch_ = sql.text();
    if (PQsendQueryParams(handle_.get(), scratch_.c_str(), values.count, values.types,
                          values.values, values.lengths, values.formats, 1) == 0) {
        throw_unsendable(handle_.get(), sql);
    }
}

[[gnu::hot]] result session::reply(const call_limits& limits, const sql_text& sql) {
    reply_operation answer(handle_.get());
    drive(answer, limits, sql);
    return answer.take(sql);
}

result session::control(const call_limits& limits, const sql_text& sql) {
    require_ready(limits, sql);
    return observed(sql, [&] { return guarded([&] { return run_unnamed(limits, sql, {}); }); });
}

std::vector<result> session::attempt_batch(const call_limits& limits, const batch& statements) {
    batch_reader reader(statements);
    command_planner commands(*this, reader);
    const std::string whole = description_of(statements);
    return run_pipeline(limits, commands, sql_text(whole, reader.sql(0).where()));
}

std::vector<result> session::run_pipeline(const call_limits& limits, command_planner& commands,
                                          const sql_text& whole) {
    make_nonblocking(whole);
    pipeline_operation pipeline(handle_.get(), commands);
    drive(pipeline, limits, whole);
    const bool up = pipeline.finish();
    if (!pipeline.failure()) {
        if (!up) {
            throw_broken(handle_.get(), whole);
        }
        commands.settle(pipeline.queued());
        return std::move(pipeline.results());
    }
    commands.settle(pipeline.failed_command());
    statement_list& statements = commands.statements();
    const std::size_t failed = commands.statement_of(pipeline.failed_command());
    try {
        throw_failure(handle_.get(), pipeline.failure()->native_handle(),
                      failed < statements.size() ? statements.sql(failed) : whole);
    } catch (const server_error& failure) {
        if (!up) {
            close();  // still in pipeline mode
        }
        if (statements.is_batch()) {
            throw batch_error(failure, failed, outcomes(statements.size(), failed));
        }
        throw;
    }
}

// Forgets what is prepared when an error says that the server has forgotten it or will not run it
// any more. All of it, for one change behind our back seldom comes alone: preparing anew is cheap.
bool session::forget_stale(const server_error& failure) {
    if (!is_about_stale_statement(failure) || !is_open()) {
        return false;
    }
    std::vector<std::string> names = cache_.clear();
    if (can_close_prepared()) {
        names_to_close_.insert(names_to_close_.end(), names.begin(), names.end());
    }
    stale_prepared_.clear();
    for (const auto& [sql, statement] : prepared_) {
        stale_prepared_.push_back(statement.name());
    }
    return true;
}

void session::require_own(const batch& statements) const {
    batch_reader reader(statements);
    for (std::size_t i = 0; i < reader.size(); ++i) {
        const sql_text sql = reader.sql(i);
        if (sql.prepared() != nullptr) {
            require_own(*sql.prepared());
        }
    }
}

void session::send_occupying(const call_limits& limits, const sql_text& sql,
                             const detail::argument_view& values, const char* what) {
    require_ready(limits, sql);
    detail::check_statement(sql.text(), values.count);
    if (options_.observer) {
        occupation_ = options_.observer->query_started({.sql = sql.text(), .where = sql.where()});
    }
    occupied_by_ = what;
    try {
        send_for_stream(sql, values);
    } catch (...) {
        vacate();
        throw;
    }
}

void session::vacate() noexcept {
    occupied_by_ = nullptr;
    if (!occupation_) {
        return;
    }
    const observer::span span = *std::exchange(occupation_, std::nullopt);
    try {
        if (const std::exception_ptr failure = std::current_exception()) {
            std::rethrow_exception(failure);
        }
        options_.observer->query_ended(span, nullptr);
    } catch (const std::exception& failure) {
        options_.observer->query_ended(span, &failure);
    } catch (...) {
        options_.observer->query_ended(span, nullptr);
    }
}

void session::send_for_stream(const sql_text& sql, const detail::argument_view& values) {
    guarded([&] {
        if (sql.prepared() != nullptr && !is_stale(*sql.prepared())) {
            make_nonblocking(sql);
            if (PQsendQueryPrepared(handle_.get(), sql.prepared()->name().c_str(), values.count,
                                    values.values, values.lengths, values.formats, 1) == 0) {
                throw_unsendable(handle_.get(), sql);
            }
        } else {
            send_unnamed(sql, values);
        }
    });
}

}  // namespace dsql::pg
