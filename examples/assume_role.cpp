// SPDX-License-Identifier: Apache-2.0
// Assumes an IAM role and logs in with its credentials. The program's own credentials come from the
// default chain. They need sts:AssumeRole for the role; the role needs dsql:DbConnectAdmin for the
// cluster.
//
//   ROLE_ARN  for example arn:aws:iam::123456789012:role/app
#include <dsql/dsql.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    const char* const role = std::getenv("ROLE_ARN");
    if (role == nullptr) {
        std::cerr << "Set ROLE_ARN to the role to assume.\n";
        return EXIT_FAILURE;
    }
    try {
        // The provider calls STS for the first connection, and again before the credentials
        // expire.
        dsql::pool pool({.host = host,
                         .credentials = dsql::assume_role_credentials(
                             role, {.role_session_name = "dsql-example", .duration = 15min})});
        const auto user = pool.query_value<std::string>("SELECT current_user");
        std::cout << "logged in as " << user << " by " << role << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
