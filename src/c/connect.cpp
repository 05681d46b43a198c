// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>
#include <dsql/occ_conflict.hpp>

#include "c/config.hpp"
#include "c/error.hpp"
#include "c/text.hpp"
#include "connector/connector.hpp"
#include "errors/retryable.hpp"

#include <dsql.h>

#include <memory>
#include <optional>

struct dsql_connector {
    explicit dsql_connector(const dsql::config& settings, const dsql::call_limits& limits = {})
        : connections(settings, limits) {}
    dsql::detail::connector connections;
};

namespace dsql::detail {

namespace {

// The connection ignores notices by a function of this library, so the library must not be
// unloaded: see cmake/DsqlSharedLibraries.cmake.
pg_conn* connect_for_c(connector& by, const call_limits& limits) {
    return by.open(by.default_settings(), limits).release();
}

server_error_fields fields_of(const char* sqlstate, const char* message) {
    return {.sqlstate = sqlstate == nullptr ? "" : sqlstate,
            .severity = "ERROR",
            .message = message == nullptr ? "" : message};
}

}  // namespace

}  // namespace dsql::detail

using dsql::detail::limits_of;
using dsql::detail::require;
using dsql::detail::require_result;
using dsql::detail::run_for_c;

extern "C" {

dsql_status dsql_connector_create(const dsql_config* config, dsql_connector** connector,
                                  dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        dsql_connector*& result = require_result(connector, "connector");
        const dsql::config& settings = require(config, "config").settings;
        result = std::make_unique<dsql_connector>(settings).release();
    });
}

dsql_status dsql_connector_connect(dsql_connector* connector, int timeout_ms,
                                   struct pg_conn** connection, dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        pg_conn*& result = require_result(connection, "connection");
        dsql_connector& used = require(connector, "connector");
        result = dsql::detail::connect_for_c(used.connections, limits_of(timeout_ms));
    });
}

void dsql_connector_free(dsql_connector* connector) noexcept {
    const std::unique_ptr<dsql_connector> last(connector);
}

dsql_status dsql_connect(const char* connection_string, int timeout_ms, struct pg_conn** connection,
                         dsql_error** error) noexcept {
    return run_for_c(error, [&] {
        pg_conn*& result = require_result(connection, "connection");
        const dsql::call_limits limits = limits_of(timeout_ms);
        dsql::detail::connector once(
            dsql::parse_connection_string(&require(connection_string, "connection_string")),
            limits);
        result = dsql::detail::connect_for_c(once, limits);
    });
}

dsql_conflict dsql_conflict_of(const char* sqlstate, const char* message) noexcept {
    try {
        const auto kind = dsql::conflict_kind_of(dsql::detail::fields_of(sqlstate, message));
        if (!kind) {
            return DSQL_CONFLICT_NONE;
        }
        return *kind == dsql::conflict_kind::schema ? DSQL_CONFLICT_SCHEMA : DSQL_CONFLICT_DATA;
    } catch (...) {
        return DSQL_CONFLICT_NONE;
    }
}

int dsql_is_retryable(const char* sqlstate, const char* message) noexcept {
    try {
        const dsql::server_error reported(dsql::detail::fields_of(sqlstate, message));
        return dsql::detail::is_retryable(reported, {.unavailable = true}) ? 1 : 0;
    } catch (...) {
        return 0;
    }
}
}
