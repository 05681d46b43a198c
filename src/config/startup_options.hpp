// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql::detail {

/// Splits the value of libpq's parameter `options` into names and values: `-c name=value`,
/// `-cname=value` or `--name=value`, with a backslash before white space and backslashes. Throws
/// `config_error` for anything else.
/// Source: PostgreSQL, "Parameter Key Words", options; "postgres", -c.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> read_startup_options(
    std::string_view text);

}  // namespace dsql::detail
