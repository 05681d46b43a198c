// SPDX-License-Identifier: Apache-2.0
#include "wire/error_response.hpp"

#include <gtest/gtest.h>

namespace error_response_test {

using namespace dsql_local;
using namespace std::string_literals;

TEST(error_response, has_every_field_and_the_right_length) {
    const std::string bytes =
        encode_error_response({.sqlstate = "08006", .message = "no", .hint = "why"});
    EXPECT_EQ(bytes, "E\0\0\0\x23SFATAL\0VFATAL\0C08006\0Mno\0Hwhy\0\0"s);
    EXPECT_EQ(bytes.size(), 0x23U + 1U);
}

TEST(error_response, leaves_out_a_hint_that_is_not_there) {
    const std::string bytes = encode_error_response({.sqlstate = "08P01", .message = "no"});
    EXPECT_EQ(bytes, "E\0\0\0\x1eSFATAL\0VFATAL\0C08P01\0Mno\0\0"s);
}

}  // namespace error_response_test
