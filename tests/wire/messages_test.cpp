// SPDX-License-Identifier: Apache-2.0
#include "wire/messages.hpp"

#include <gtest/gtest.h>

namespace messages_test {

using namespace wire;
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

std::string refused_with(const std::string& packet) {
    try {
        parse_startup_message(packet);
    } catch (const login_error& error) {
        return error.response().sqlstate;
    }
    return "";
}

TEST(startup_message, reads_the_parameters_in_order) {
    const startup_message message =
        parse_startup_message("\0\3\0\2user\0app\0database\0postgres\0\0"s);
    EXPECT_EQ(message.protocol_version, 0x00030002U);
    EXPECT_EQ(message.parameters, (startup_parameters{{"user", "app"}, {"database", "postgres"}}));
}

TEST(startup_message, writes_what_it_reads) {
    const std::string body = "\0\3\0\0user\0app\0client_encoding\0UTF8\0\0"s;
    const std::string packet = encode_startup_message(parse_startup_message(body));
    EXPECT_EQ(packet, "\0\0\0"s + static_cast<char>(body.size() + 4) + body);
}

TEST(startup_message, takes_an_empty_value) {
    const startup_message message = parse_startup_message("\0\3\0\0user\0\0\0"s);
    EXPECT_EQ(message.parameters, (startup_parameters{{"user", ""}}));
}

TEST(startup_message, refuses_a_malformed_packet) {
    EXPECT_EQ(refused_with("\0\3"s), "08P01");
    EXPECT_EQ(refused_with("\0\3\0\0"s), "08P01");
    EXPECT_EQ(refused_with("\0\3\0\0user"s), "08P01");
    EXPECT_EQ(refused_with("\0\3\0\0user\0"s), "08P01");
    EXPECT_EQ(refused_with("\0\3\0\0user\0app\0"s), "08P01");
    EXPECT_EQ(refused_with("\0\3\0\0user\0app\0\0more"s), "08P01");
}

TEST(startup_message, refuses_other_protocol_versions) {
    EXPECT_EQ(refused_with("\0\2\0\0user\0app\0\0"s), "0A000");
    EXPECT_EQ(refused_with("\0\4\0\0user\0app\0\0"s), "0A000");
}

}  // namespace messages_test
