// SPDX-License-Identifier: Apache-2.0
// error: this structure has a member that is a C array
#include <dsql/dsql.hpp>
struct row {
    int id;
    char name[16];
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name");
}
