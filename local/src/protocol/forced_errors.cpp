// SPDX-License-Identifier: Apache-2.0
#include "protocol/forced_errors.hpp"

#include <charconv>

namespace dsql_local {
namespace {

constexpr std::string_view name_prefix = "dsql_local_refusal_";
constexpr std::size_t too_long = 220;  // PostgreSQL accepts less than 200 bytes

}  // namespace

std::string forced_error_statement(std::uint64_t number) {
    return std::string(name_prefix) + std::to_string(number);
}

std::string failing_parse_sql(std::string_view statement) {
    return std::string("SELECT ").append(statement);
}

std::string failing_commit_sql(std::uint64_t number) {
    std::string identifier = forced_error_statement(number) + "_";
    identifier.resize(too_long, 'x');
    return "PREPARE TRANSACTION '" + identifier + "'";
}

std::optional<std::uint64_t> find_forced_error_number(std::string_view message) {
    const std::size_t at = message.find(name_prefix);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const char* const digits = message.data() + at + name_prefix.size();
    const auto [end, error] = std::from_chars(digits, message.data() + message.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace dsql_local
