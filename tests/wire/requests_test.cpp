// SPDX-License-Identifier: Apache-2.0
#include "wire/requests.hpp"

#include <gtest/gtest.h>

namespace requests_test {

using namespace wire;
using namespace std::string_literals;

// Source: https://www.postgresql.org/docs/15/protocol-message-formats.html
TEST(requests, have_the_bytes_that_postgresql_documents) {
    EXPECT_EQ(encode_query("SELECT 1"), "Q\0\0\0\x0dSELECT 1\0"s);
    EXPECT_EQ(encode_parse("s", parse_tail("SELECT 1")), "P\0\0\0\x11s\0SELECT 1\0\0\0"s);
    EXPECT_EQ(encode_bind("p", "s"), "B\0\0\0\x0ep\0s\0\0\0\0\0\0\0"s);
    EXPECT_EQ(encode_bind("", "s", "tail"), "B\0\0\0\x0b\0s\0tail"s);
    EXPECT_EQ(encode_execute("p"), "E\0\0\0\x0ap\0\0\0\0\0"s);
    EXPECT_EQ(encode_close_statement("s"), "C\0\0\0\x07Ss\0"s);
    EXPECT_EQ(encode_close_portal("p"), "C\0\0\0\x07Pp\0"s);
    EXPECT_EQ(encode_sync(), "S\0\0\0\x04"s);
}

}  // namespace requests_test
