// SPDX-License-Identifier: Apache-2.0
#include "wire/startup_message.hpp"

#include "wire/error_response.hpp"

#include <gtest/gtest.h>

namespace startup_message_test {

using namespace dsql_local;
using namespace std::string_literals;

std::string refused_with(const std::string& packet) {
    try {
        parse_startup_message(packet);
    } catch (const login_refused& error) {
        return error.why().sqlstate;
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

}  // namespace startup_message_test
