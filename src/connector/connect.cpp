// SPDX-License-Identifier: Apache-2.0
#include <dsql/connect.hpp>

#include "connector/connector.hpp"

namespace dsql {

connection connect(const config& settings, const std::stop_token& stop) {
    detail::connector source(settings, stop);
    return source.open(source.default_settings(), stop);
}

connection connect(std::string_view connection_string, const std::stop_token& stop) {
    return connect(parse_connection_string(connection_string), stop);
}

}  // namespace dsql
