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

statement session::prepare(const call_limits& limits, const sql_text& sql) {
    if (is_under_command_timeout(limits)) {
        return prepare(with_command_timeout(limits), sql);
    }
    require_ready(limits, sql);
    detail::check_statement(sql.text(), 0);
    catch_up();
    const explicit_statement* const found = prepared_.find_explicit(std::string(sql.text()));
    return found != nullptr && !found->is_stale ? found->handle
                                                : prepare_explicitly(limits, sql).handle;
}

auto session::prepare_explicitly(const call_limits& limits, const sql_text& sql)
    -> explicit_statement& {
    std::string text(sql.text());
    std::string name = prepared_.new_explicit_name(text);
    const result described = close_on_error([&] {
        make_nonblocking(sql);
        if (PQsendPrepare(handle_.get(), name.c_str(), text.c_str(), 0, nullptr) == 0) {
            throw_send_failed(handle_.get(), sql);
        }
        static_cast<void>(reply(limits, sql));
        if (PQsendDescribePrepared(handle_.get(), name.c_str()) == 0) {
            throw_send_failed(handle_.get(), sql);
        }
        return reply(limits, sql);
    });
    std::vector<oid> types = described_parameter_types(described.native_handle());
    for (oid& type : types) {
        type = close_on_error([&] { return base_type(limits, type, sql); });
    }
    return prepared_.put_explicit({.sql = std::move(text),
                                   .name = std::move(name),
                                   .parameter_types = std::move(types),
                                   .columns = columns(described.native_handle())});
}

// Values in binary have been made to fit the types that the caller's `prepared` tells; text is read
// as what stands there.
auto session::up_to_date(const call_limits& limits, const sql_text& sql,
                         const detail::argument_view& values) -> const explicit_statement& {
    const statement& prepared = *sql.prepared();
    const explicit_statement& known = prepared_.own(prepared);
    const explicit_statement& current = known.is_stale ? prepare_explicitly(limits, sql) : known;
    const std::vector<oid>& before = prepared.parameter_types();
    const std::vector<oid>& now = current.handle.parameter_types();
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
    return current;
}

void session::deallocate(const statement& prepared) {
    require_ready({}, sql_text(prepared));
    const std::string name = prepared_.own(prepared).name;
    const std::string sql = "DEALLOCATE " + name;
    const sql_text text(sql);
    if (!can_close_prepared()) {
        static_cast<void>(control({}, text));  // DSQL refuses it, and then the name is still there
        prepared_.erase_explicit(prepared.sql());
        return;
    }
    prepared_.erase_explicit(prepared.sql());
    close_on_error([&] {
        make_nonblocking(text);
        if (send_close_prepared(handle_.get(), name.c_str()) == 0) {
            throw_send_failed(handle_.get(), text);
        }
        static_cast<void>(reply({}, text));
    });
}

}  // namespace dsql::pg
