// SPDX-License-Identifier: Apache-2.0
#include "login/test_keys.hpp"

#include "login/test_identity.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

namespace test_keys_test {

using namespace dsql_local;

// Returns the error for a file with this content; empty if it is valid.
std::string fault_of(const std::string& text) {
    try {
        parse_keys(text, "us-east-1");
        return "";
    } catch (const keys_file_error& error) {
        return error.what();
    }
}

std::string fault_of_file(const std::filesystem::path& file) {
    try {
        read_identities(file, "us-east-1");
        return "";
    } catch (const keys_file_error& error) {
        return error.what();
    }
}

TEST(keys, are_new_each_time_and_have_the_form_of_real_ones) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const test_keys keys = random_keys("eu-west-1");
        EXPECT_EQ(keys.region, "eu-west-1");
        EXPECT_EQ(keys.access_key_id.size(), 20);
        EXPECT_EQ(keys.access_key_id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
                  std::string::npos);
        EXPECT_EQ(keys.secret_access_key.size(), 40);
        EXPECT_TRUE(is_key_text(keys.secret_access_key));
        ASSERT_TRUE(keys.session_token.has_value());
        EXPECT_TRUE(is_key_text(*keys.session_token));
        for (const char c : {'+', '/', '='}) {  // what a token must encode
            EXPECT_NE(keys.session_token->find(c), std::string::npos) << c;
        }
        seen.insert({keys.access_key_id, keys.secret_access_key, *keys.session_token});
    }
    EXPECT_EQ(seen.size(), 300);
}

TEST(keys_file, holds_keys_with_a_session_token) {
    const test_keys keys = parse_keys(
        "session_token=to+k/en==\n\naccess_key_id=ID\nsecret_access_key=a=b\n", "eu-west-1");
    EXPECT_EQ(keys.access_key_id, "ID");
    EXPECT_EQ(keys.secret_access_key, "a=b");
    EXPECT_EQ(keys.session_token, "to+k/en==");
    EXPECT_EQ(keys.region, "eu-west-1");
}

TEST(keys_file, needs_no_session_token_and_no_last_newline) {
    const test_keys keys = parse_keys("access_key_id=ID\nsecret_access_key=SECRET", "us-east-1");
    EXPECT_EQ(keys.secret_access_key, "SECRET");
    EXPECT_FALSE(keys.session_token);
}

TEST(keys_file, needs_both_keys) {
    EXPECT_EQ(fault_of(""), "there is no line access_key_id=");
    EXPECT_EQ(fault_of("secret_access_key=hidden"), "there is no line access_key_id=");
    EXPECT_EQ(fault_of("access_key_id=ID\n"), "there is no line secret_access_key=");
}

TEST(keys_file, every_line_must_be_one_of_three) {
    for (const std::string line : {"hidden", "=hidden", "Session_Token=hidden", " ", "[default]",
                                   "secret_access_key =hidden"}) {
        EXPECT_EQ(fault_of("access_key_id=ID\n" + line + "\nsecret_access_key=hidden"),
                  "line 2 is none of access_key_id=, secret_access_key= and session_token=")
            << line;
    }
}

TEST(keys_file, a_value_must_be_one_printable_word) {
    for (const std::string value : {"", "hidden\r", "hid den", "hidd\xc3\xa9n"}) {
        EXPECT_EQ(fault_of("\naccess_key_id=ID\nsecret_access_key=" + value + "\n"),
                  "line 3 must give secret_access_key a value of printable ASCII without spaces")
            << value;
    }
}

TEST(keys_file, nothing_is_given_twice) {
    EXPECT_EQ(fault_of("session_token=hidden\nsession_token=hidden\n"),
              "line 2 gives session_token a second time");
}

TEST(keys_file, is_read_from_a_regular_file_of_a_sane_size) {
    const temporary_directory folder("/tmp");
    const std::string file = folder.path() / "keys";
    EXPECT_EQ(fault_of_file(file), "keys file " + file + ": No such file or directory");
    EXPECT_EQ(fault_of_file("/dev/zero"), "keys file /dev/zero: it is not a regular file");
    std::ofstream(file) << "access_key_id=ID\nsecret_access_key=SECRET\n";
    EXPECT_EQ(read_identities(file, "us-east-1").front().keys.access_key_id, "ID");
    std::ofstream(file) << "access_key_id=" << std::string(70'000, 'x');
    EXPECT_EQ(fault_of_file(file), "keys file " + file + ": it is longer than 64 KiB");
    std::ofstream(file) << "hidden";
    EXPECT_EQ(fault_of_file(file), "keys file " + file +
                                       ": line 1 is none of access_key_id=, secret_access_key= "
                                       "and session_token=");
}

}  // namespace test_keys_test
