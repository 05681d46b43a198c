// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/statement_origin.hpp>
#include <dsql/error.hpp>
#include <dsql/parameters.hpp>

#include <string>

namespace dsql::detail {

namespace {

// The protocol counts parameters with 16 bits.
constexpr std::size_t max_parameters = 65'535;

}  // namespace

void throw_value_count(std::string_view what, std::size_t takes, std::size_t given,
                       const sql_text& sql) {
    conversion_error failure(std::string(what) + " takes " + std::to_string(takes) +
                             (takes == 1 ? " value, and " : " values, and ") +
                             std::to_string(given) + (given == 1 ? " was given" : " were given"));
    name_statement(failure, sql);
    throw failure;
}

[[gnu::hot]] std::span<const oid> parameter_targets(const sql_text& sql, std::size_t values) {
    if (sql.prepared() == nullptr) {
        return {};
    }
    const std::vector<oid>& types = sql.prepared()->parameter_types();
    if (types.size() != values) {
        throw_value_count("the prepared statement", types.size(), values, sql);
    }
    return types;
}

[[gnu::hot]] void check_statement(std::string_view sql, int values) {
    if (sql.find('\0') != std::string_view::npos) {
        throw conversion_error("the statement holds a zero byte");
    }
    if (static_cast<std::size_t>(values) > max_parameters) {
        throw conversion_error("a statement takes at most 65535 values; this one has " +
                               std::to_string(values));
    }
}

}  // namespace dsql::detail
