// SPDX-License-Identifier: Apache-2.0
// Connects to the endpoint that the environment names, in several ways, and closes the connection.
// Prints a line for each way and each argument, which is a masked part of a token: how often it is
// in memory before, while the connection is used, and afterwards.
#include <dsql/connection.hpp>
#include <dsql/error.hpp>
#include <dsql/pool.hpp>
#include <dsql/token.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/memory_scan.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using counts = std::vector<int>;

// Global, because each way to connect counts the same parts.
std::vector<masked_text> parts;

counts count_parts() {
    counts found;
    for (const masked_text& part : parts) {
        found.push_back(count_in_memory(part));
    }
    return found;
}

counts by_pool() {
    dsql::pool pool(endpoint_under_test());
    pool.ping();
    return count_parts();
}

counts by_connection() {
    dsql::connection session = dsql::connect(endpoint_under_test());
    static_cast<void>(session.query_value<int>("SELECT 1"));
    return count_parts();
}

// The token is sent, and the server refuses it.
counts by_refused_login() {
    dsql::config settings = endpoint_under_test();
    settings.user = "nobody_with_this_name";
    dsql::token_generator tokens(settings);
    static_cast<void>(tokens.get());
    try {
        static_cast<void>(dsql::connect(settings));
        std::cerr << "logged in\n";
    } catch (const dsql::connection_error&) {
        return count_parts();
    }
    return counts(parts.size());
}

counts by_handle_that_is_given_away() {
    dsql::connection session = dsql::connect(endpoint_under_test());
    static_cast<void>(session.native_handle());
    return count_parts();
}

struct way {
    const char* name;
    std::function<counts()> run;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        for (int i = 1; i < argc; ++i) {
            parts.emplace_back(std::string_view(argv[i]));
        }
        const std::array<way, 4> ways{{{"pool", &by_pool},
                                       {"connection", &by_connection},
                                       {"refused", &by_refused_login},
                                       {"handle", &by_handle_that_is_given_away}}};
        const counts before = count_parts();
        for (const way& one : ways) {
            const counts during = one.run();
            const counts after = count_parts();
            for (std::size_t i = 0; i < before.size(); ++i) {
                std::cout << one.name << ' ' << i << ' ' << before[i] << ' ' << during[i] << ' '
                          << after[i] << '\n';
            }
        }
        return 0;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
