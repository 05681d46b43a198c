// SPDX-License-Identifier: Apache-2.0
// Statements that the program prepares.
#include <dsql/error.hpp>

#include "errors/statement_context.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/libpq_version.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <utility>

namespace dsql::pg {

namespace {

std::vector<column_description> columns(const pg_result* description) {
    std::vector<column_description> described;
    described.reserve(static_cast<std::size_t>(PQnfields(description)));
    for (int i = 0; i < PQnfields(description); ++i) {
        described.push_back({.name = PQfname(description, i), .type = PQftype(description, i)});
    }
    return described;
}

std::string type_names(const std::vector<oid>& types) {
    std::string names;
    for (const oid type : types) {
        names.append(names.empty() ? "" : ", ").append(type_name(type));
    }
    return "(" + names + ")";
}

}  // namespace

task<statement> session::prepare(const call_limits& limits, const sql_text& sql) {
    require_ready(limits, sql);
    detail::check_statement(sql.text(), 0);
    catch_up();
    const explicit_statement* found = prepared_.find_explicit(std::string(sql.text()));
    if (found == nullptr || found->is_stale) {
        try {
            found = co_await prepare_explicitly(sql);
        } catch (...) {
            rethrow_failure(sql);
        }
    }
    co_return found->handle;
}

auto session::prepare_explicitly(const sql_text& sql) -> task<const explicit_statement*> {
    std::string name = prepared_.new_explicit_name(sql.text());
    bool is_prepared = false;
    try {
        co_return co_await prepare_as(name, is_prepared, sql);
    } catch (...) {
        if (is_prepared) {
            prepared_.abandon_name(std::move(name));
        }
        throw;
    }
}

auto session::prepare_as(const std::string& name, bool& is_prepared, const sql_text& sql)
    -> task<const explicit_statement*> {
    std::string text(sql.text());
    prepare_to_send(sql);
    if (PQsendPrepare(handle_.get(), name.c_str(), text.c_str(), 0, nullptr) == 0) {
        throw_send_failed(handle_.get(), sql);
    }
    static_cast<void>(co_await reply(sql));
    is_prepared = true;
    if (PQsendDescribePrepared(handle_.get(), name.c_str()) == 0) {
        throw_send_failed(handle_.get(), sql);
    }
    const result described = co_await reply(sql);
    std::vector<oid> types = described_parameter_types(described.native_handle());
    for (oid& type : types) {
        if (type >= oids::first_user_defined) {
            type = co_await find_base_type(type, sql);
        }
    }
    co_return &prepared_.put_explicit({.sql = std::move(text),
                                       .name = name,
                                       .parameter_types = std::move(types),
                                       .columns = columns(described.native_handle())});
}

// Binary values were encoded for the parameter types that `prepared` had, so those must not have
// changed. The server reads a value in text format as the type that the parameter has now.
auto session::up_to_date(const sql_text& sql, const detail::argument_view& values)
    -> task<const explicit_statement*> {
    const statement& prepared = *sql.prepared();
    const explicit_statement* current = &prepared_.own(prepared);
    if (current->is_stale) {
        current = co_await prepare_explicitly(sql);
    }
    const std::vector<oid>& before = prepared.parameter_types();
    const std::vector<oid>& now = current->handle.parameter_types();
    bool fits = before.size() == now.size();
    for (std::size_t i = 0; fits && i < now.size(); ++i) {
        fits = before[i] == now[i] || values.values[i] == nullptr || values.formats[i] == 0;
    }
    if (!fits) {
        throw config_error(
            "the schema has changed since the statement was prepared: its parameters "
            "were " +
            type_names(before) + " and are " + type_names(now) + "; prepare it again" +
            detail::statement_context(sql.text(), sql.where()));
    }
    co_return current;
}

task<void> session::deallocate(const statement& prepared) {
    const call_limits unlimited;
    require_ready(unlimited, sql_text(prepared));
    const std::string name = prepared_.own(prepared).name;
    const std::string sql = "DEALLOCATE " + name;
    const sql_text text(sql);
    if (!can_close_prepared()) {
        // DSQL rejects this statement, and the name then remains.
        static_cast<void>(co_await control(unlimited, text));
        prepared_.erase_explicit(prepared.sql());
        co_return;
    }
    prepared_.erase_explicit(prepared.sql());
    try {
        prepare_to_send(text);
        if (send_close_prepared(handle_.get(), name.c_str()) == 0) {
            throw_send_failed(handle_.get(), text);
        }
        static_cast<void>(co_await reply(text));
    } catch (...) {
        rethrow_failure(text);
    }
}

}  // namespace dsql::pg
