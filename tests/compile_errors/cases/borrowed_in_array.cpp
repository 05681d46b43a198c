// SPDX-License-Identifier: Apache-2.0
// Elements that are views.
// error: the view would outlive the row it points into
#include <dsql/dsql.hpp>
std::vector<std::optional<std::string_view>> read(dsql::connection& session) {
    return session.query_value<std::vector<std::optional<std::string_view>>>("SELECT '{}'::text[]");
}
