// SPDX-License-Identifier: Apache-2.0
#include "errors/server_report.hpp"

#include <dsql/limit_exceeded_error.hpp>
#include <dsql/occ_conflict.hpp>

#include "errors/message_pattern.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace dsql {

namespace {

constexpr std::string_view data_marker = "OC000";
constexpr std::string_view schema_marker = "OC001";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

using limit_marker = detail::message_pattern<exceeded_limit>;

// Parts of DSQL's messages that say which limit it is.
constexpr std::array<limit_marker, 12> markers{{
    {"row limit", exceeded_limit::transaction_rows},
    {"transaction size", exceeded_limit::transaction_size},
    {"transaction age", exceeded_limit::transaction_age},
    {"temp space", exceeded_limit::query_memory},
    {"row size", exceeded_limit::row_size},
    {"column size", exceeded_limit::column_size},
    {"datatype limit", exceeded_limit::column_size},
    {"key size", exceeded_limit::key_size},
    {"cluster size", exceeded_limit::storage},
    {"more than", exceeded_limit::schema_objects},
    {"at most", exceeded_limit::schema_objects},
    {"too many", exceeded_limit::schema_objects},
}};

bool is_of_limits(std::string_view sqlstate) {
    return sqlstate.substr(0, 2) == "54" || sqlstate == "53100" || sqlstate == "53200";
}

exceeded_limit by_sqlstate(std::string_view sqlstate) {
    if (sqlstate == "53100") {
        return exceeded_limit::storage;
    }
    return sqlstate == "53200" ? exceeded_limit::query_memory : exceeded_limit::other;
}

}  // namespace

std::optional<conflict_kind> conflict_kind_of(const server_error_fields& report) noexcept {
    if (report.sqlstate == schema_marker) {
        return conflict_kind::schema;
    }
    if (report.sqlstate == data_marker) {
        return conflict_kind::data;
    }
    if (report.sqlstate != "40001") {
        return std::nullopt;
    }
    return contains(report.message, schema_marker) ? conflict_kind::schema : conflict_kind::data;
}

occ_conflict::occ_conflict(server_error_fields fields, std::string query, source_location where)
    : server_error(std::move(fields), std::move(query), where),
      kind_(conflict_kind_of(this->fields()).value_or(conflict_kind::data)) {}

bool is_occ_conflict(const std::exception& failure) noexcept {
    const auto* const report = dynamic_cast<const server_error*>(&failure);
    return report != nullptr && conflict_kind_of(report->fields());
}

std::string_view to_string(exceeded_limit limit) noexcept {
    switch (limit) {
        case exceeded_limit::transaction_rows:
            return "rows of a transaction";
        case exceeded_limit::transaction_size:
            return "size of a transaction";
        case exceeded_limit::transaction_age:
            return "age of a transaction";
        case exceeded_limit::query_memory:
            return "memory of a query";
        case exceeded_limit::row_size:
            return "size of a row";
        case exceeded_limit::column_size:
            return "size of a value";
        case exceeded_limit::key_size:
            return "size of a key";
        case exceeded_limit::schema_objects:
            return "schema objects";
        case exceeded_limit::storage:
            return "storage";
        case exceeded_limit::other:
            break;
    }
    return "other";
}

std::optional<exceeded_limit> exceeded_limit_of(const server_error_fields& report) noexcept {
    if (!is_of_limits(report.sqlstate)) {
        return std::nullopt;
    }
    return detail::classify_message(report.message, markers, by_sqlstate(report.sqlstate));
}

limit_exceeded_error::limit_exceeded_error(server_error_fields fields, std::string query,
                                           source_location where)
    : server_error(std::move(fields), std::move(query), where),
      limit_(exceeded_limit_of(this->fields()).value_or(exceeded_limit::other)) {}

}  // namespace dsql

namespace dsql::detail {

void throw_server_error(server_error_fields fields, std::string query, source_location where) {
    if (conflict_kind_of(fields)) {
        throw occ_conflict(std::move(fields), std::move(query), where);
    }
    if (exceeded_limit_of(fields)) {
        throw limit_exceeded_error(std::move(fields), std::move(query), where);
    }
    throw server_error(std::move(fields), std::move(query), where);
}

}  // namespace dsql::detail
