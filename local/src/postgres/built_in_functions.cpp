// SPDX-License-Identifier: Apache-2.0
#include "postgres/built_in_functions.hpp"

#include "postgres/control_connection.hpp"

#include <utility>

namespace dsql_local {

std::set<std::string> find_built_in_functions(const std::filesystem::path& socket) {
    std::set<std::string> names;
    for (auto& row : control_connection(socket).query(
             "SELECT DISTINCT proname FROM pg_catalog.pg_proc "
             "WHERE pronamespace = 'pg_catalog'::regnamespace ORDER BY proname")) {
        names.insert(names.end(), std::move(row.at(0)));
    }
    return names;
}

}  // namespace dsql_local
