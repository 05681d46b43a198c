// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/connection_parameters.hpp"

#include <string_view>

namespace dsql::detail {

/// Reads libpq's `keyword = value` form into `parameters`. White space separates the pairs. A value
/// with spaces is enclosed in single quotes. A backslash escapes a quote or a backslash. Throws
/// `config_error`. Source: PostgreSQL, "Keyword/Value Connection Strings".
void read_keyword_values(std::string_view text, connection_parameters& parameters);

}  // namespace dsql::detail
