// SPDX-License-Identifier: Apache-2.0
// Uses an object with static lifetime, and ends as DSQL_TEST_END says: with a call from another
// thread, or without it by a return from main. The test is about the end of the process.
#include "integration/static_lifetime.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <thread>

namespace {

void end_process(std::string_view how) {
    if (how == "exit") {
        std::exit(0);  // NOLINT(concurrency-mt-unsafe)
    } else if (how == "quick_exit") {
        std::quick_exit(0);
    } else {
        _exit(0);
    }
}

}  // namespace

int main() {
    use_static_object();
    if (const char* const how = std::getenv("DSQL_TEST_END")) {
        std::thread(&end_process, how).join();
    }
    return 0;
}
