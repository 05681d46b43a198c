// SPDX-License-Identifier: Apache-2.0
// error: bit-field
#include <dsql/dsql.hpp>
struct row {
    int id;
    unsigned flag : 1;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 2 AS flag");
}
