// SPDX-License-Identifier: Apache-2.0
// A GoogleTest fixture for tests that need a database. Copy this file to your project, and let
// dsql-local start an endpoint for your test program:
//
//     add_executable(my_tests my_tests.cpp)
//     target_link_libraries(my_tests PRIVATE dsql::dsql GTest::gtest_main)
//     add_test(NAME my_tests COMMAND dsql-local run -- $<TARGET_FILE:my_tests>)
//
// Each test has a schema of its own, which is dropped at its end. So tests do not see each other's
// tables, also if several programs use one endpoint. But if they do, a change of the schema in one
// test may fail a statement of another with a conflict (OC001), as on a cluster. Give each program
// an endpoint of its own, as the line above does, or use functions that retry: dsql::transact,
// dsql::execute_with_retry, dsql::retrying_pool.
#pragma once

#include <dsql/dsql.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>

/// Where `dsql-local run` listens, from the environment of the command that it runs. Throws
/// `std::runtime_error` if it did not start this program.
inline dsql::config test_endpoint() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    const char* const user = std::getenv("CLUSTER_USER");
    if (host == nullptr || user == nullptr) {
        throw std::runtime_error(
            std::string(host == nullptr ? "CLUSTER_ENDPOINT" : "CLUSTER_USER") +
            " is not set: run these tests with \"dsql-local run -- PROGRAM\", or by ctest");
    }
    return {.host = host, .user = user};
}

/// A new schema with a random name. The destructor drops it, with everything in it.
class test_schema {
public:
    test_schema() : name_(random_name()) { run("CREATE SCHEMA " + name_); }
    ~test_schema() {
        try {
            run("DROP SCHEMA " + name_ + " CASCADE");
        } catch (const std::exception& error) {
            ADD_FAILURE() << "the schema of the test remains: " << error.what();
        }
    }
    test_schema(const test_schema&) = delete;
    test_schema& operator=(const test_schema&) = delete;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    static std::string random_name() {
        std::string name = "test_" + dsql::uuid::random().to_string();
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    }
    static void run(const std::string& statement) {
        dsql::connection connection = dsql::connect(test_endpoint());
        dsql::execute_with_retry(connection, statement);
    }

    std::string name_;
};

/// Derive from it, create the tables of your tests in the constructor, and use TEST_F.
class dsql_test : public testing::Test {
protected:
    /// How to connect so that names without a schema mean those in the schema of the test.
    [[nodiscard]] dsql::config config() const {
        dsql::config settings = test_endpoint();
        settings.search_path = schema_.name();
        return settings;
    }
    /// A pool of such connections.
    [[nodiscard]] dsql::pool& pool() noexcept { return pool_; }
    /// The name of the schema.
    [[nodiscard]] const std::string& schema() const noexcept { return schema_.name(); }

private:
    test_schema schema_;
    dsql::pool pool_{config()};  // is closed before the schema is dropped
};
