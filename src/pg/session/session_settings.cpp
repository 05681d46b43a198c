// SPDX-License-Identifier: Apache-2.0
// Saves and restores the settings of a session. To restore them, RESET goes back to the settings of
// the login, and then those that had been changed between the login and the save are set again.
#include <dsql/error.hpp>

#include "pg/error_report.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace dsql::pg {

namespace {

// The role comes last, because it may not be allowed to set the others. RESET ALL does not reset
// the role, so RESET ROLE does.
constexpr std::string_view set_since_login =
    "SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' "
    "UNION ALL SELECT 'role', pg_catalog.current_setting('role')";
constexpr std::string_view back_to_login = "RESET ROLE; RESET ALL";

struct free_literal {
    void operator()(char* literal) const noexcept { PQfreemem(literal); }
};

std::string quote_literal(pg_conn* handle, std::string_view text) {
    const std::unique_ptr<char, free_literal> quoted(
        PQescapeLiteral(handle, text.data(), text.size()));
    if (quoted == nullptr) {
        throw std::bad_alloc();
    }
    return quoted.get();
}

}  // namespace

task<void> session::keep_settings(const call_limits& limits) {
    const sql_text asking(set_since_login);
    const result set = co_await control(limits, asking);
    std::string sql(back_to_login);
    for (const row each : set) {
        sql += "; SELECT pg_catalog.set_config(" +
               quote_literal(handle_.get(), each[0].as<std::string_view>()) + ", " +
               quote_literal(handle_.get(), each[1].as<std::string_view>()) + ", false)";
    }
    kept_settings_ = std::make_unique<const kept_settings>(
        kept_settings{.restoring_sql = std::move(sql), .on_notice = options_.on_notice});
    static_cast<void>(prepared_.take_changed_names());
}

task<void> session::restore_settings(const call_limits& limits) {
    if (kept_settings_ == nullptr) {
        throw error("the connection was replaced by one that is not the pool's");
    }
    const sql_text sql(kept_settings_->restoring_sql);
    require_ready(limits, sql);
    catch_up();
    PQuntrace(handle_.get());
    options_.on_notice = kept_settings_->on_notice;
    call under_way(*this, sql);
    try {
        prepare_to_send(sql);
        // Only the simple query protocol accepts several statements at once.
        if (PQsendQuery(handle_.get(), kept_settings_->restoring_sql.c_str()) == 0) {
            throw_send_failed(handle_.get(), sql);
        }
        query_operation reading(handle_.get());
        reading.expect_several_results();
        co_await reading;
        under_way.end(reading.take(sql));
    } catch (...) {
        under_way.fail();
    }
    if (prepared_.take_changed_names()) {
        prepared_.forget_all();
    }
}

}  // namespace dsql::pg
