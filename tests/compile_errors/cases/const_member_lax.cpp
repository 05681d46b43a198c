// SPDX-License-Identifier: Apache-2.0
// error: a member that is const cannot be read with dsql::lax
#include <dsql/dsql.hpp>
struct row {
    const int id = 0;
    std::string name;
};
std::vector<row> read(dsql::connection& session) {
    return session.query_all<dsql::lax<row>>("SELECT 1 AS id");
}
