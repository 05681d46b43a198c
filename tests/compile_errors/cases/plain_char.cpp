// SPDX-License-Identifier: Apache-2.0
// error: a plain char is text in one program and a number in the next
#include <dsql/dsql.hpp>
char read(dsql::connection& session) {
    return session.query_value<char>("SELECT 'x'");
}
