// SPDX-License-Identifier: Apache-2.0
// error: this structure has a member that is a reference
#include <dsql/dsql.hpp>
struct row {
    int id;
    const std::string& name;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<dsql::lax<row>>("SELECT 1 AS id");
}
