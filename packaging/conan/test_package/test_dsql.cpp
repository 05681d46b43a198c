// SPDX-License-Identifier: Apache-2.0
// Without a cluster: a connect has to fail, in the library's own words, at an address that refuses
// it.
#include <dsql/dsql.hpp>

#include <iostream>

int main() {
    dsql::config config{.host = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws", .port = 1};
    config.host_address = "127.0.0.1";
    config.credentials = dsql::make_credentials_provider([] {
        return dsql::credentials{.access_key_id = "AKIDEXAMPLE", .secret_access_key = "example"};
    });
    try {
        const dsql::connection connection = dsql::connect(config);
        std::cout << "connected to nothing\n";
        return 1;
    } catch (const dsql::connection_error& failure) {
        std::cout << "dsql::dsql says: " << failure.what() << '\n';
        return 0;
    }
}
