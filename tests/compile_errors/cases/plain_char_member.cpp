// SPDX-License-Identifier: Apache-2.0
// error: a plain char is text in one program and a number in the next
#include <dsql/dsql.hpp>
struct row {
    int id;
    char kind;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS kind");
}
