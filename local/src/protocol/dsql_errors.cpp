// SPDX-License-Identifier: Apache-2.0
#include "protocol/dsql_errors.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace dsql_local {
namespace {

// Formats seconds with at most three decimals and without trailing zeros: "2s", "0.5s".
std::string print_seconds(double seconds) {
    std::array<char, 64> text{};
    const double rounded = std::round(seconds * 1000) / 1000;
    std::snprintf(text.data(), text.size(), "%.10gs", rounded);
    return text.data();
}

// serialization_failure, deadlock_detected and lock_not_available mean that another transaction is
// in the way. On DSQL, NOWAIT makes no difference: nobody waits there.
bool is_conflict(std::string_view sqlstate) {
    return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03";
}

bool has_marker(std::string_view message) {
    return message.find("OC000") != std::string_view::npos ||
           message.find("OC001") != std::string_view::npos;
}

// PostgreSQL's message is: temporary file size exceeds temp_file_limit (131072kB).
std::optional<wire::error_response> find_query_memory_error(std::string_view message) {
    constexpr std::string_view beginning = "temporary file size exceeds temp_file_limit (";
    if (!message.starts_with(beginning)) {
        return std::nullopt;
    }
    message.remove_prefix(beginning.size());
    return wire::error_response{.sqlstate = "54000",
                                .message = "query requires more than allowed temp space of " +
                                           std::string(message.substr(0, message.find('k'))) +
                                           " KB to execute"};
}

}  // namespace

wire::error_response data_conflict() {
    return {.sqlstate = "40001", .message = "change conflicts with another transaction (OC000)"};
}

wire::error_response schema_conflict() {
    return {.sqlstate = "40001",
            .message = "schema has been updated by another transaction (OC001)"};
}

wire::error_response server_unavailable() {
    return {.sqlstate = "XX000", .message = "server unavailable"};
}

wire::error_response access_denied(std::string hint) {
    return {.sqlstate = "08006",
            .message = "unable to accept connection, access denied",
            .hint = std::move(hint)};
}

wire::error_response not_granted(const std::string& arn) {
    return access_denied("User: " + arn + " is not authorized to access this resource");
}

wire::error_response not_an_admin(const std::string& arn, const std::string& region,
                                  const std::string& host) {
    return access_denied("User: " + arn +
                         " is not authorized to perform: dsql:DbConnectAdmin on resource: "
                         "arn:aws:dsql:" +
                         region + ":000000000000:cluster/" + host.substr(0, host.find('.')));
}

wire::error_response no_such_database(const std::string& name) {
    return {.sqlstate = "3D000", .message = "database \"" + name + "\" does not exist"};
}

wire::error_response rate_exceeded() {
    return {.sqlstate = "53400", .message = "Unable to accept connection, rate exceeded."};
}

wire::error_response too_many_connections() {
    return {.sqlstate = "53300",
            .message = "Unable to accept connection, too many open connections."};
}

wire::error_response waking_up() {
    return {.sqlstate = "08006",
            .message = "unable to accept connection, waking up cluster, please retry later"};
}

wire::error_response transaction_too_old(std::chrono::nanoseconds limit,
                                         std::chrono::nanoseconds age) {
    using seconds = std::chrono::duration<double>;
    const std::string most = print_seconds(seconds(limit).count());
    const std::string is = print_seconds(seconds(age).count());
    return {.sqlstate = "54000",
            .message = "transaction age limit of " + most + " exceeded",
            .detail = "Current transaction age " + is + " exceeds " + most};
}

wire::error_response job_wait_in_block() {
    return {.sqlstate = "25001",
            .message = "sys.wait_for_job cannot run inside a transaction block"};
}

wire::error_response message_too_large(std::size_t limit) {
    return {.sqlstate = "08P01",
            .message = "invalid message length",
            .hint = "The limit is " + std::to_string(limit) +
                    " bytes. The option --message-size-limit of dsql-local sets another."};
}

wire::error_response statement_too_large(std::size_t limit) {
    return {
        .sqlstate = "54000",
        .message = "dsql-local accepts statements of " + std::to_string(limit) + " bytes at most"};
}

bool is_user_cancellation(std::string_view body) {
    return wire::find_error_field(body, 'C') == "57014" &&
           wire::find_error_field(body, 'M') == "canceling statement due to user request";
}

bool is_schema_race(std::string_view body, bool tolerates_existing) {
    const std::string_view sqlstate = wire::find_error_field(body, 'C');
    const std::string_view message = wire::find_error_field(body, 'M');
    if (sqlstate == "23505") {
        return wire::find_error_field(body, 's') == "pg_catalog" &&
               wire::find_error_field(body, 't').starts_with("pg_");
    }
    if (sqlstate == "42710") {
        return message.starts_with("type ");
    }
    if (sqlstate == "42P06" || sqlstate == "42P07") {
        return tolerates_existing;
    }
    // "function with OID 1234 does not exist": it was there when its name was looked up.
    return sqlstate == "XX000" || (message.find(" with OID ") != std::string_view::npos &&
                                   message.ends_with(" does not exist"));
}

wire::error_response strip_context(std::string_view body) {
    return {.sqlstate = std::string(wire::find_error_field(body, 'C')),
            .message = std::string(wire::find_error_field(body, 'M')),
            .hint = std::string(wire::find_error_field(body, 'H')),
            .detail = std::string(wire::find_error_field(body, 'D'))};
}

std::optional<wire::error_response> translate_error(std::string_view body) {
    const std::string_view sqlstate = wire::find_error_field(body, 'C');
    const std::string_view message = wire::find_error_field(body, 'M');
    if (is_conflict(sqlstate) && !has_marker(message)) {
        return data_conflict();
    }
    if (sqlstate == "XX000" && message.starts_with("tuple concurrently ")) {
        return schema_conflict();  // about a catalog, because the rows of tables have locks
    }
    if (sqlstate == "53400") {
        if (auto too_large = find_query_memory_error(message)) {
            return too_large;
        }
    }
    if (sqlstate == "53300") {
        return too_many_connections();
    }
    if (sqlstate == "54000" && message.starts_with("index row ")) {
        return wire::error_response{.sqlstate = "54000", .message = "key size too large"};
    }
    if (wire::find_error_field(body, 'W').find("dsql_local_") != std::string_view::npos) {
        return strip_context(body);  // an error that a function of the endpoint has raised
    }
    return std::nullopt;
}

}  // namespace dsql_local
