// SPDX-License-Identifier: Apache-2.0
// Each allocation of each use of the library fails once: those of `operator new`, and those of
// `malloc`, which libpq and OpenSSL call. The program does not end or hang, the error is one that
// the documentation names, and afterwards a new connection and all of the pool's work.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "scarcity/child.hpp"
#include "scarcity/memory_sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <random>
#include <string>

namespace scarcity_test {

std::uint64_t seed() {
    const char* const given = std::getenv("DSQL_TEST_SEED");
    return given != nullptr ? std::stoull(given) : std::random_device{}();
}

// How many failures of each use are tried; all in scripts/full-check.
std::uint64_t most_failures() {
    const char* const given = std::getenv("DSQL_TEST_FAILURES");
    return given != nullptr ? std::stoull(given) : 3;
}

void print(const char* name, const sweep_result& result) {
    std::printf("%-36s %6llu requests, %6llu failed:", name,
                static_cast<unsigned long long>(result.requests),
                static_cast<unsigned long long>(result.failed));
    for (const auto& [error, count] : result.errors) {
        std::printf(" %s %llu,", error.c_str(), static_cast<unsigned long long>(count));
    }
    std::printf(" success %llu%s\n", static_cast<unsigned long long>(result.succeeded),
                result.complaints.empty() ? "" : " WRONG");
    std::fflush(stdout);
}

void sweep_all(shortage::resource what, const char* name) {
    const std::uint64_t chosen = seed();
    std::cout << "DSQL_TEST_SEED=" << chosen << '\n';
    std::uint64_t failed = 0;
    for (const scarce_use& use : scarce_uses()) {
        const char* const only = std::getenv("DSQL_TEST_USE");
        if (only != nullptr && use.name != std::string(only)) {
            continue;
        }
        const sweep_result result = sweep(use, what, most_failures(), chosen);
        failed += result.failed;
        print(use.name, result);
        for (const std::string& complaint : result.complaints) {
            ADD_FAILURE() << use.name << ", " << name << " request " << complaint;
        }
    }
    std::cout << name << ": " << failed << " requests were made to fail\n";
}

TEST(MemoryShortage, OfOperatorNew) {
    sweep_all(shortage::resource::memory, "operator new");
}

TEST(MemoryShortage, OfMalloc) {
    sweep_all(shortage::resource::c_memory, "malloc");
}

// The first connect of a process also initializes the library, OpenSSL, and libpq. Each needs a
// process of its own, so only some are tried.
std::string complaint_of_first_connect(shortage::resource what, std::uint64_t nth) {
    const scarce_use connecting{.name = "first connect"};
    const dsql::config settings = endpoint_under_test();
    shortage::fail(what, nth);
    try {
        static_cast<void>(dsql::connect(settings));
    } catch (const std::exception& failure) {
        static_cast<void>(shortage::end());
        if (documented_class(failure, connecting).empty()) {
            return std::string("not documented: ") + failure.what();
        }
    }
    static_cast<void>(shortage::end());
    return dsql::connect(settings).query_value<int>("SELECT 1") == 1 ? "" : "a wrong result";
}

TEST(MemoryShortage, OfAFirstConnect) {
    constexpr std::uint64_t most_requests = 20'000;  // more than it makes
    const std::uint64_t tried = std::min<std::uint64_t>(most_failures() * 3, 1'000);
    const std::uint64_t chosen = seed();
    std::cout << "DSQL_TEST_SEED=" << chosen << '\n';
    std::minstd_rand random(static_cast<unsigned>(chosen));
    for (std::uint64_t i = 0; i < tried; ++i) {
        const bool is_new = i % 4 == 0;
        const std::uint64_t nth = 1 + random() % (is_new ? 200 : most_requests);
        const auto what = is_new ? shortage::resource::memory : shortage::resource::c_memory;
        EXPECT_EQ(complaint_of_child([what, nth] { return complaint_of_first_connect(what, nth); }),
                  "")
            << (is_new ? "operator new " : "malloc ") << nth;
    }
}

TEST(ThreadShortage, OfEachThread) {
    sweep_all(shortage::resource::threads, "pthread_create");
}

}  // namespace scarcity_test

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    make_scarce_table();
    return RUN_ALL_TESTS();
}
