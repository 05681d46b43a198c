// SPDX-License-Identifier: Apache-2.0
// Tests the rotation of keys while the endpoint runs.
#include "login/token_signer.hpp"
#include "raw_client.hpp"
#include "support/command.hpp"
#include "support/endpoint_process.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace endpoint_keys_test {

using namespace dsql_local;
using namespace dsql_local_test;
using namespace std::chrono_literals;

class endpoint_keys : public testing::Test {
protected:
    // Rotates the keys as documented: writes a new file, then renames it.
    void rotate_to(const std::string& text) const {
        std::ofstream(file_ + ".new") << text;
        std::filesystem::rename(file_ + ".new", file_);
    }

    static std::string lines_of(const test_keys& keys) {
        return "access_key_id=" + keys.access_key_id +
               "\nsecret_access_key=" + keys.secret_access_key + "\n" +
               (keys.session_token ? "session_token=" + *keys.session_token + "\n" : "");
    }

    static std::string token_of(const endpoint_process& served, const test_keys& keys) {
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        return sign_token(keys, served["CLUSTER_ENDPOINT"], "admin", now, 900s);
    }

    // Returns an empty string if the login succeeds, else the HINT of the error.
    static std::string hint_for(const endpoint_process& served, const std::string& token) {
        raw_client client(served.port());
        EXPECT_TRUE(client.request_tls({.server_name = served["CLUSTER_ENDPOINT"]}));
        const message response = client.log_in("admin", token);
        if (response.type == 'Z') {
            return "";
        }
        EXPECT_EQ(response.field('C'), "08006");
        EXPECT_EQ(response.field('M'), "unable to accept connection, access denied");
        return response.field('H');
    }

    void expect_usage_error(const std::string& problem) const {
        program wrong({"serve", "--port", "0", "--keys-file", file_});
        EXPECT_EQ(wrong.wait(), 2);
        EXPECT_EQ(wrong.output(),
                  "dsql-local: keys file " + file_ + ": " + problem + "\nTry dsql-local --help.\n");
    }

    const test_keys first_ = {
        .access_key_id = "FIRST", .secret_access_key = "one", .session_token = std::nullopt};
    const test_keys second_ = {
        .access_key_id = "SECOND", .secret_access_key = "two", .session_token = "t+w/o=="};
    const temporary_directory folder_{"/tmp"};
    const std::string file_ = folder_.path() / "keys";
};

TEST_F(endpoint_keys, are_of_one_start) {
    const endpoint_process one;
    const endpoint_process other;
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) {
        EXPECT_NE(one[name], other[name]) << name;
    }
    EXPECT_EQ(hint_for(one, one["PGPASSWORD"]), "");
    EXPECT_EQ(hint_for(one, other["PGPASSWORD"]), "The access key id is unknown.");
}

TEST_F(endpoint_keys, are_fixed_by_options_one_by_one) {
    const endpoint_process served(
        {"--access-key-id", "MINE", "--secret-access-key", "se+cret", "--session-token", "to/ken"});
    EXPECT_EQ(served["AWS_ACCESS_KEY_ID"], "MINE");
    EXPECT_EQ(served["AWS_SECRET_ACCESS_KEY"], "se+cret");
    EXPECT_EQ(served["AWS_SESSION_TOKEN"], "to/ken");
    EXPECT_EQ(hint_for(served, served["PGPASSWORD"]), "");
    const endpoint_process half({"--access-key-id", "MINE", "--no-session-token"});
    EXPECT_EQ(half["AWS_ACCESS_KEY_ID"], "MINE");
    EXPECT_NE(half["AWS_SECRET_ACCESS_KEY"], "");
    EXPECT_FALSE(half.exports("AWS_SESSION_TOKEN"));
    EXPECT_EQ(hint_for(half, half["PGPASSWORD"]), "");
}

TEST_F(endpoint_keys, that_no_client_could_send_are_usage_errors) {
    for (const char* option : {"--access-key-id", "--secret-access-key", "--session-token"}) {
        for (const char* text : {"", "two words", "hidden\n"}) {
            program wrong({"serve", "--port", "0", option, text});
            EXPECT_EQ(wrong.wait(), 2);
            EXPECT_NE(wrong.output().find(" must be printable ASCII without spaces"),
                      std::string::npos)
                << wrong.output();
            EXPECT_EQ(wrong.output().find("hidden"), std::string::npos) << wrong.output();
        }
    }
}

TEST_F(endpoint_keys, are_only_in_the_env_file_if_there_is_one) {
    const std::string env = folder_.path() / "env";
    program served({"serve", "--port", "0", "--env-file", env});
    const std::string output = served.read_until("# Ready.");
    struct stat status {};
    ASSERT_EQ(stat(env.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const command_result known =
        run_command(". " + env + "; psql -XAtc 'SELECT 42'; printf %s \"$AWS_SECRET_ACCESS_KEY\"");
    EXPECT_EQ(known.output.substr(0, 3), "42\n") << known.errors;
    ASSERT_GT(known.output.size(), 40U);
    EXPECT_EQ(output.find(known.output.substr(3)), std::string::npos);
    EXPECT_EQ(output.find("X-Amz-"), std::string::npos);
    kill(served.id(), SIGTERM);
    EXPECT_EQ(served.wait(), 0);
    EXPECT_FALSE(std::filesystem::exists(env));
}

TEST_F(endpoint_keys, are_printed_as_the_file_has_them_at_the_start) {
    rotate_to(lines_of(second_));
    const endpoint_process served({"--keys-file", file_});
    EXPECT_EQ(served["AWS_ACCESS_KEY_ID"], "SECOND");
    EXPECT_EQ(served["AWS_SECRET_ACCESS_KEY"], "two");
    EXPECT_EQ(served["AWS_SESSION_TOKEN"], "t+w/o==");
    EXPECT_EQ(hint_for(served, served["PGPASSWORD"]), "");
}

TEST_F(endpoint_keys, rotated_ones_shut_the_earlier_out) {
    rotate_to(lines_of(first_));
    const endpoint_process served({"--keys-file", file_, "--region", "eu-west-1"});
    EXPECT_FALSE(served.exports("AWS_SESSION_TOKEN"));
    EXPECT_EQ(hint_for(served, served["PGPASSWORD"]), "");
    test_keys keys = second_;
    keys.region = "eu-west-1";
    rotate_to(lines_of(keys));
    EXPECT_EQ(hint_for(served, served["PGPASSWORD"]), "The access key id is unknown.");
    EXPECT_EQ(hint_for(served, token_of(served, keys)), "");
    const std::string before = token_of(served, keys);
    keys.secret_access_key = "three";
    rotate_to(lines_of(keys));
    EXPECT_EQ(hint_for(served, before), "The signature does not match.");
    EXPECT_EQ(hint_for(served, token_of(served, keys)), "");
}

TEST_F(endpoint_keys, a_session_outlives_its_keys) {
    rotate_to(lines_of(first_));
    const endpoint_process served({"--keys-file", file_});
    raw_client client(served.port());
    ASSERT_TRUE(client.request_tls({.server_name = served["CLUSTER_ENDPOINT"]}));
    ASSERT_EQ(client.log_in("admin", served["PGPASSWORD"]).type, 'Z');
    rotate_to(lines_of(second_));
    ASSERT_EQ(hint_for(served, token_of(served, second_)), "");
    EXPECT_EQ(client.query("SELECT 42"), "42");
}

TEST_F(endpoint_keys, a_broken_file_refuses_logins_until_it_is_mended) {
    rotate_to(lines_of(first_));
    const endpoint_process served({"--keys-file", file_});
    const std::string token = served["PGPASSWORD"];
    rotate_to("secret_access_key=hidden\n");
    EXPECT_EQ(hint_for(served, token), "keys file " + file_ + ": there is no line access_key_id=");
    std::filesystem::remove(file_);
    EXPECT_EQ(hint_for(served, token), "keys file " + file_ + ": No such file or directory");
    rotate_to(lines_of(first_));
    EXPECT_EQ(hint_for(served, token), "");
}

TEST_F(endpoint_keys, a_broken_file_at_the_start_is_a_usage_error) {
    expect_usage_error("No such file or directory");
    rotate_to("access_key_id=ID\nhidden\n");
    expect_usage_error("line 2 is none of access_key_id=, secret_access_key= and session_token=");
}

TEST_F(endpoint_keys, come_from_the_file_or_the_command_line) {
    rotate_to(lines_of(first_));
    for (const std::vector<std::string>& other :
         std::vector<std::vector<std::string>>{{"--access-key-id", "ID"},
                                               {"--secret-access-key", "hidden"},
                                               {"--session-token", "hidden"},
                                               {"--no-session-token"}}) {
        std::vector<std::string> arguments{"serve", "--port", "0", "--keys-file", file_};
        arguments.insert(arguments.end(), other.begin(), other.end());
        program wrong(arguments);
        EXPECT_EQ(wrong.wait(), 2);
        EXPECT_NE(wrong.output().find(" excludes "), std::string::npos) << wrong.output();
        EXPECT_EQ(wrong.output().find("hidden"), std::string::npos) << wrong.output();
    }
}

}  // namespace endpoint_keys_test
