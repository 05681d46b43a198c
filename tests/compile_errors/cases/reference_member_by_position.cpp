// SPDX-License-Identifier: Apache-2.0
// error: this structure has a member that is a reference
#include <dsql/dsql.hpp>
struct row {
    int&& id;
};
void read(dsql::connection& session) {
    static_cast<void>(session.query_all<dsql::by_position<row>>("SELECT 1"));
}
