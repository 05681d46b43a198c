// SPDX-License-Identifier: Apache-2.0
// Connects a pool to the endpoint that the environment names, and closes it. Prints how many tokens
// are in memory before, while the pool is connected, and afterwards.
#include <dsql/pool.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/memory_scan.hpp"

#include <exception>
#include <iostream>

int main() {
    try {
        const masked_text part_of_a_token(masked_text::mask("&X-Amz-Signature="));
        const int before = count_in_memory(part_of_a_token);
        int during = 0;
        {
            dsql::pool pool(endpoint_under_test());
            pool.ping();
            during = count_in_memory(part_of_a_token);
        }
        std::cout << before << ' ' << during << ' ' << count_in_memory(part_of_a_token) << '\n';
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
