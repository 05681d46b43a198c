// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/statement_origin.hpp>

#include "statement_context.hpp"

#include <string>

namespace dsql::detail {

/// What goes behind the text of an error about rows: where they are from; empty where that is not
/// known.
[[nodiscard]] inline std::string statement_context(const statement_origin* from) {
    return from == nullptr ? std::string() : statement_context(from->sql, from->where);
}

}  // namespace dsql::detail
