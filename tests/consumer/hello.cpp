// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <iostream>

int main() {
    const char* host = std::getenv("CLUSTER_ENDPOINT");
    dsql::pool pool({.host = host != nullptr ? host : ""});
    std::cout << pool.query_value<std::string>("SELECT 'Hello, ' || $1", "DSQL") << '\n';
}
