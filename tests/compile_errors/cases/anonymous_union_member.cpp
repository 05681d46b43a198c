// SPDX-License-Identifier: Apache-2.0
// error: this structure has a member that is a union
#include <dsql/dsql.hpp>
struct row {
    int id;
    union {
        int whole;
        float real;
    };
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 2 AS whole");
}
