// SPDX-License-Identifier: Apache-2.0
// Without a cluster, and without anything of libpq.
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/token.hpp>

#include <iostream>
#include <string>

int main() {
    dsql::config config = dsql::parse_connection_string(
        "host=a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws user=admin");
    config.credentials = dsql::make_credentials_provider([] {
        return dsql::credentials{.access_key_id = "AKIDEXAMPLE", .secret_access_key = "example"};
    });
    const bool is_for_host = dsql::generate_token(config).starts_with(config.host);
    std::cout << (is_for_host ? "dsql::auth makes tokens\n"
                              : "dsql::auth made a token for another host\n");
    return is_for_host ? 0 : 1;
}
