// SPDX-License-Identifier: Apache-2.0
// A program that only makes a token. It prints none of it: a token is a password.
#include <dsql/token.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

int main() {
    const char* variable = std::getenv("CLUSTER_ENDPOINT");
    const std::string host = variable != nullptr ? variable : "";
    const std::string token = dsql::generate_token({.host = host});
    const bool is_for_host =
        token.starts_with(host + "/?") && token.find("X-Amz-Signature=") != std::string::npos;
    std::cout << (is_for_host ? "a token for " : "not a token for ") << host << '\n';
    return is_for_host ? 0 : 1;
}
