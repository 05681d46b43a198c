// SPDX-License-Identifier: Apache-2.0
#include "support/command.hpp"
#include "support/memory_scan.hpp"

#include <gtest/gtest.h>

#include <iostream>
#include <sstream>
#include <string>

namespace token_in_memory_test {

TEST(TokenInMemory, IsGoneWithTheConnection) {
#if DSQL_SANITIZED
    GTEST_SKIP() << "the sanitizers keep freed memory and much of their own";
#endif
    // The dynamic linker saves the vector registers on the stack, a part of the token in them, each
    // time that it binds a function lazily.
    std::string command = "LD_BIND_NOW=1 " DSQL_TOKEN_IN_MEMORY;
    for (const char* part :
         {"&X-Amz-Signature=", "?Action=DbConnect", "&X-Amz-Credential=", "&X-Amz-Expires="}) {
        command += " " + masked_text::mask(part);
    }
    const command_result result = run_command(command);
    ASSERT_EQ(result.status, 0) << result.errors;
    std::string way;
    int part = 0;
    int before = 0;
    int during = 0;
    int after = 0;
    int looked_for = 0;
    int found = 0;
    std::istringstream lines(result.output);
    while (lines >> way >> part >> before >> during >> after) {
        ++looked_for;
        found += after > before ? 1 : 0;
        if (way == "pool" || way == "refused") {
            EXPECT_GT(during, before) << "a token is not found where there is one: " << way;
        }
        EXPECT_EQ(after, before) << way << ", part " << part;
    }
    EXPECT_EQ(looked_for, 16) << result.output;
    std::cout << "parts of tokens looked for in memory: " << looked_for << ", found: " << found
              << '\n';
}

}  // namespace token_in_memory_test
