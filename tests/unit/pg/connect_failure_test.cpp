// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/connect_error.hpp"

#include <gtest/gtest.h>

namespace connect_failure_test {

using dsql::pg::parse_refusal;
using dsql::pg::server_refusal;

TEST(ConnectFailure, SeparatesTheServersMessageAndHint) {
    const server_refusal parsed = parse_refusal(
        "connection to server at \"h\" (127.0.0.1), port 5432 failed: FATAL:  unable to accept "
        "connection, access denied\nHINT:  Signature expired: now\nsecond line\n");
    EXPECT_EQ(parsed.message, "unable to accept connection, access denied");
    EXPECT_EQ(parsed.hint, "Signature expired: now\nsecond line");
}

TEST(ConnectFailure, TheHintIsOptional) {
    const server_refusal parsed =
        parse_refusal("... failed: FATAL:  Unable to accept connection, rate exceeded.\n");
    EXPECT_EQ(parsed.message, "Unable to accept connection, rate exceeded.");
    EXPECT_EQ(parsed.hint, "");
}

TEST(ConnectFailure, MessagesOfLibpqAreNotTheServers) {
    const server_refusal parsed = parse_refusal(
        "connection to server at \"h\" failed: Connection refused\n\tIs the server "
        "running on that host and accepting TCP/IP connections?\n");
    EXPECT_EQ(parsed.message, "");
    EXPECT_EQ(parsed.hint, "");
}

}  // namespace connect_failure_test
