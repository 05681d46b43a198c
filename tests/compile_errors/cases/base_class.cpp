// SPDX-License-Identifier: Apache-2.0
// error: this structure has a base class: repeat the members of the base in it
#include <dsql/dsql.hpp>
struct base {
    int id;
};
struct row : base {
    std::string name;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<row>("SELECT 1 AS id, 'x' AS name");
}
