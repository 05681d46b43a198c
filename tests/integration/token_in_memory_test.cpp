// SPDX-License-Identifier: Apache-2.0
#include "support/command.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace token_in_memory_test {

TEST(TokenInMemory, IsGoneWithThePool) {
#if DSQL_SANITIZED
    GTEST_SKIP() << "the sanitizers keep freed memory and much of their own";
#endif
    // The dynamic linker saves the vector registers on the stack, a part of the token in them, each
    // time that it binds a function lazily.
    const command_result result = run_command("LD_BIND_NOW=1 " DSQL_TOKEN_IN_MEMORY);
    ASSERT_EQ(result.status, 0) << result.errors;
    int before = -1;
    int during = -1;
    int after = -1;
    std::istringstream(result.output) >> before >> during >> after;
    EXPECT_GT(during, before) << "a token is not found where there is one";
    EXPECT_EQ(after, before) << result.output;
}

}  // namespace token_in_memory_test
