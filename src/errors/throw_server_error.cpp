// SPDX-License-Identifier: Apache-2.0
#include "errors/throw_server_error.hpp"

#include <dsql/limit_exceeded_error.hpp>
#include <dsql/occ_conflict.hpp>

#include <utility>

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
