// SPDX-License-Identifier: Apache-2.0
#include <dsql/occ_conflict.hpp>

#include <string_view>
#include <utility>

namespace dsql {

namespace {

constexpr std::string_view data_marker = "OC000";
constexpr std::string_view schema_marker = "OC001";

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
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

}  // namespace dsql
