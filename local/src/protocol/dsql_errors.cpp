// SPDX-License-Identifier: Apache-2.0
#include "protocol/dsql_errors.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace dsql_local {
namespace {

// The IAM identity that errors name. The test keys have no identity: AWS IAM GRANT lets them log
// in, whatever ARN the statement names.
constexpr std::string_view test_identity = "arn:aws:iam::000000000000:user/dsql-local";

constexpr std::string_view row_limit_message = "transaction row limit exceeded";

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

}  // namespace

error_response data_conflict() {
    return {.sqlstate = "40001", .message = "change conflicts with another transaction (OC000)"};
}

error_response schema_conflict() {
    return {.sqlstate = "40001",
            .message = "schema has been updated by another transaction (OC001)"};
}

error_response server_unavailable() {
    return {.sqlstate = "XX000", .message = "server unavailable"};
}

error_response access_denied(std::string hint) {
    return {.sqlstate = "08006",
            .message = "unable to accept connection, access denied",
            .hint = std::move(hint)};
}

error_response not_granted() {
    return access_denied("User: " + std::string(test_identity) +
                         " is not authorized to access this resource");
}

error_response no_such_database(const std::string& name) {
    return {.sqlstate = "3D000", .message = "database \"" + name + "\" does not exist"};
}

error_response rate_exceeded() {
    return {.sqlstate = "53400", .message = "Unable to accept connection, rate exceeded."};
}

error_response too_many_connections() {
    return {.sqlstate = "53300",
            .message = "Unable to accept connection, too many open connections."};
}

error_response waking_up() {
    return {.sqlstate = "08006",
            .message = "unable to accept connection, waking up cluster, please retry later"};
}

error_response transaction_too_old(std::chrono::nanoseconds limit, std::chrono::nanoseconds age) {
    using seconds = std::chrono::duration<double>;
    const std::string most = print_seconds(seconds(limit).count());
    const std::string is = print_seconds(seconds(age).count());
    return {.sqlstate = "54000",
            .message = "transaction age limit of " + most + " exceeded",
            .detail = "Current transaction age " + is + " exceeds " + most};
}

error_response job_wait_in_block() {
    return {.sqlstate = "25001",
            .message = "sys.wait_for_job cannot run inside a transaction block"};
}

error_response message_too_large(std::size_t limit) {
    return {.sqlstate = "08P01",
            .message = "invalid message length",
            .hint = "The limit is " + std::to_string(limit) +
                    " bytes. The option --message-size-limit of dsql-local sets another."};
}

error_response statement_too_large(std::size_t limit) {
    return {
        .sqlstate = "54000",
        .message = "dsql-local accepts statements of " + std::to_string(limit) + " bytes at most"};
}

bool is_user_cancellation(std::string_view body) {
    return find_error_field(body, 'C') == "57014" &&
           find_error_field(body, 'M') == "canceling statement due to user request";
}

error_response strip_context(std::string_view body) {
    return {.sqlstate = std::string(find_error_field(body, 'C')),
            .message = std::string(find_error_field(body, 'M')),
            .hint = std::string(find_error_field(body, 'H')),
            .detail = std::string(find_error_field(body, 'D'))};
}

std::optional<error_response> translate_error(std::string_view body) {
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
        return strip_context(body);
    }
    return std::nullopt;
}

}  // namespace dsql_local
