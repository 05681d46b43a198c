// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>

#include "connector/connector.hpp"

namespace dsql {

connection connect(const config& settings, const call_limits& limits) {
    detail::connector source(settings, limits);
    return source.open(source.default_settings(), limits);
}

connection connect(std::string_view connection_string, const call_limits& limits) {
    return connect(parse_connection_string(connection_string), limits);
}

}  // namespace dsql
