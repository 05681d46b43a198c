// SPDX-License-Identifier: Apache-2.0
// error: this type has no codec to be read with
#include <dsql/dsql.hpp>
#include <map>
struct row {
    int id;
    std::map<int, int> more;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS more");
}
