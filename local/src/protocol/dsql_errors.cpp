// SPDX-License-Identifier: Apache-2.0
#include "protocol/dsql_errors.hpp"

#include "login/test_keys.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::string_view row_limit_message = "transaction row limit exceeded";

// 2s, 0.5s: at most three decimals, and none that say nothing.
std::string print_seconds(double seconds) {
    std::array<char, 64> text{};
    const double rounded = std::round(seconds * 1000) / 1000;
    std::snprintf(text.data(), text.size(), "%.10gs", rounded);
    return text.data();
}

// serialization_failure, deadlock_detected, lock_not_available: PostgreSQL's ways to say that
// another transaction is in the way. And query_canceled: a lock that is had in the moment in which
// lock_timeout strikes; nobody else cancels here, as cancel requests are ignored.
bool is_conflict(std::string_view sqlstate) {
    return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "55P03" || sqlstate == "57014";
}

bool has_marker(std::string_view message) {
    return message.find("OC000") != std::string_view::npos ||
           message.find("OC001") != std::string_view::npos;
}

}  // namespace

refusal data_conflict() {
    return {.sqlstate = "40001", .message = "change conflicts with another transaction (OC000)"};
}

refusal schema_conflict() {
    return {.sqlstate = "40001",
            .message = "schema has been updated by another transaction (OC001)"};
}

refusal server_unavailable() {
    return {.sqlstate = "XX000", .message = "server unavailable"};
}

refusal access_denied(std::string hint) {
    return {.sqlstate = "08006",
            .message = "unable to accept connection, access denied",
            .hint = std::move(hint)};
}

refusal not_granted() {
    return access_denied("User: " + std::string(test_identity) +
                         " is not authorized to access this resource");
}

refusal no_such_database(const std::string& name) {
    return {.sqlstate = "3D000", .message = "database \"" + name + "\" does not exist"};
}

refusal rate_exceeded() {
    return {.sqlstate = "53400", .message = "Unable to accept connection, rate exceeded."};
}

refusal too_many_connections() {
    return {.sqlstate = "53300",
            .message = "Unable to accept connection, too many open connections."};
}

refusal waking_up() {
    return {.sqlstate = "08006",
            .message = "unable to accept connection, waking up cluster, please retry later"};
}

refusal transaction_too_old(std::chrono::nanoseconds limit, std::chrono::nanoseconds age) {
    using seconds = std::chrono::duration<double>;
    const std::string most = print_seconds(seconds(limit).count());
    const std::string is = print_seconds(seconds(age).count());
    return {.sqlstate = "54000",
            .message = "transaction age limit of " + most + " exceeded",
            .detail = "Current transaction age " + is + " exceeds " + most};
}

refusal job_wait_in_block() {
    return {.sqlstate = "25001",
            .message = "sys.wait_for_job cannot run inside a transaction block"};
}

refusal without_context(std::string_view body) {
    return {.sqlstate = std::string(find_error_field(body, 'C')),
            .message = std::string(find_error_field(body, 'M')),
            .hint = std::string(find_error_field(body, 'H')),
            .detail = std::string(find_error_field(body, 'D'))};
}

std::optional<refusal> translate_error(std::string_view body) {
    const std::string_view sqlstate = find_error_field(body, 'C');
    const std::string_view message = find_error_field(body, 'M');
    if (is_conflict(sqlstate) && !has_marker(message)) {
        return data_conflict();
    }
    if (sqlstate == "28000" && find_error_field(body, 'V') == "FATAL" &&
        message.find("pg_hba.conf") != std::string_view::npos) {
        return not_granted();
    }
    if (sqlstate == "54000" && message == row_limit_message) {
        return without_context(body);
    }
    return std::nullopt;
}

}  // namespace dsql_local
