// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/copy.hpp>

#include <string>

namespace dsql::pg {

/// The statements a COPY is made of. All throw `config_error` for a target that names no table, or
/// a name with a zero byte.
[[nodiscard]] std::string copy_in_statement(const copy_target& target);
[[nodiscard]] std::string copy_out_statement(const copy_target& target);
/// A query without rows that has the target's columns.
[[nodiscard]] std::string describing_query(const copy_target& target);

}  // namespace dsql::pg
