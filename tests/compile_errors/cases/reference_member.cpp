// SPDX-License-Identifier: Apache-2.0
// A structure of references.
// error: this structure has a member that is a reference
#include <dsql/dsql.hpp>
struct row {
    int id;
    const std::string& name;
};
void read(dsql::connection& session) {
    for (const row& each : session.query<row>("SELECT 1 AS id, 'x' AS name")) {
        static_cast<void>(each);
    }
}
