// SPDX-License-Identifier: Apache-2.0
// Statements prepared by hand.
#include <dsql/error.hpp>

#include "pg/exchange/reply_operation.hpp"
#include "pg/libpq_version.hpp"
#include "pg/session/server_failure.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <utility>

namespace dsql::pg {

namespace {

std::vector<oid> parameter_types(const pg_result* description) {
    std::vector<oid> types;
    types.reserve(static_cast<std::size_t>(PQnparams(description)));
    for (int i = 0; i < PQnparams(description); ++i) {
        types.push_back(PQparamtype(description, i));
    }
    return types;
}

std::vector<column_description> columns(const pg_result* description) {
    std::vector<column_description> described;
    described.reserve(static_cast<std::size_t>(PQnfields(description)));
    for (int i = 0; i < PQnfields(description); ++i) {
        described.push_back({.name = PQfname(description, i), .type = PQftype(description, i)});
    }
    return described;
}

}  // namespace

statement session::prepare(const call_limits& limits, const sql_text& sql) {
    require_ready(limits, sql);
    detail::check_statement(sql.text(), 0);
    std::string text(sql.text());
    if (const auto found = prepared_.find(text); found != prepared_.end()) {
        return found->second;
    }
    const std::string name = statement_name(name_prefix_ + "by_hand_", text, {});
    const result description = guarded([&] {
        make_nonblocking(sql);
        if (PQsendPrepare(handle_.get(), name.c_str(), text.c_str(), 0, nullptr) == 0) {
            throw_unsendable(handle_.get(), sql);
        }
        static_cast<void>(reply(limits, sql));
        if (PQsendDescribePrepared(handle_.get(), name.c_str()) == 0) {
            throw_unsendable(handle_.get(), sql);
        }
        return reply(limits, sql);
    });
    statement made(std::make_shared<const statement::description>(
        statement::description{.sql = text,
                               .name = name,
                               .parameter_types = parameter_types(description.native_handle()),
                               .columns = columns(description.native_handle()),
                               .owner = identity_}));
    prepared_.emplace(std::move(text), made);
    return made;
}

void session::deallocate(const statement& prepared) {
    const std::string sql = "DEALLOCATE " + prepared.name();
    const sql_text text(sql);
    require_ready({}, text);
    require_own(prepared);
    prepared_.erase(prepared.sql());
    std::erase(stale_prepared_, prepared.name());
    if (!can_close_prepared()) {
        static_cast<void>(control({}, text));
        return;
    }
    guarded([&] {
        make_nonblocking(text);
        if (send_close_prepared(handle_.get(), prepared.name().c_str()) == 0) {
            throw_unsendable(handle_.get(), text);
        }
        static_cast<void>(reply({}, text));
    });
}

}  // namespace dsql::pg
