// SPDX-License-Identifier: Apache-2.0
// The recommended use of the library: one pool, shared by all threads.
//
//   CLUSTER_ENDPOINT  the cluster's endpoint, or its 26-character identifier with AWS_REGION set
//   CLUSTER_USER      the database role; default: admin
#include <dsql/dsql.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr int worker_count = 8;

std::string environment(const char* name, const std::string& fallback) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : fallback;
}

// Only admin may use the schema public. Other roles work in a schema that was made for them.
std::string search_path_for(const std::string& user) {
    return user == "admin" ? "public" : "myschema";
}

}  // namespace

int main() {
    try {
        const std::string user = environment("CLUSTER_USER", "admin");
        dsql::pool pool({.host = environment("CLUSTER_ENDPOINT", ""), .user = user},
                        {.max_connections = worker_count,
                         .after_connect = [path = search_path_for(user)](dsql::connection& c) {
                             c.execute("SET search_path = " + path);
                         }});

        std::mutex output;
        std::exception_ptr error;
        std::vector<std::thread> workers;
        for (int worker = 1; worker <= worker_count; ++worker) {
            workers.emplace_back([&, worker] {
                try {
                    const int result = pool.query_value<int>("SELECT $1::int", worker);
                    const std::lock_guard lock(output);
                    std::cout << "worker " << worker << " result: " << result << '\n';
                } catch (...) {
                    const std::lock_guard lock(output);
                    error = std::current_exception();
                }
            });
        }
        for (std::thread& worker : workers) {
            worker.join();
        }
        if (error) {
            std::rethrow_exception(error);
        }
        std::cout << "Connection pool with concurrent connections exercised successfully\n";
        return EXIT_SUCCESS;
    } catch (const std::exception& problem) {
        std::cerr << "example_preferred: " << problem.what() << '\n';
        return EXIT_FAILURE;
    }
}
