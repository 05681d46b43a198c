// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts/web_identity_source.hpp"
#include "support/http_server.hpp"
#include "support/recording_context.hpp"
#include "support/scoped_environment.hpp"
#include "support/sts_answers.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace web_identity_test {

using namespace dsql::aws;
using dsql::credentials_error;

class WebIdentity : public testing::Test {
protected:
    WebIdentity() { environment_.clear(); }

    [[nodiscard]] web_identity_source source(const std::string& token_file) const {
        return {"arn:aws:iam::1:role/r",
                token_file,
                "session",
                {{.region = "eu-west-1", .endpoints = {{aws_service::sts, server_.url()}}}}};
    }
    [[nodiscard]] std::string failure_with(const std::string& token_file) {
        return thrown_message<credentials_error>(
            [&] { return source(token_file).fetch(pauses_.context()).keys; });
    }

    scoped_environment environment_;
    recording_context pauses_;
    http_server server_{{.body = sts_answer("AssumeRoleWithWebIdentity")}};
};

TEST_F(WebIdentity, SendsTheFileUnchangedAndReadsItEachTime) {
    const temporary_file file("first.token\n");
    web_identity_source asked = source(file.path());
    const fetched_credentials fetched = asked.fetch(pauses_.context());
    EXPECT_EQ(fetched.keys.access_key_id, "ASIAROLE");
    EXPECT_EQ(fetched.kept, reuse::until_expiration);
    std::ofstream(file.path()) << "rotated.token";
    static_cast<void>(asked.fetch(pauses_.context()));
    ASSERT_EQ(server_.requests().size(), 2U);
    EXPECT_EQ(server_.requests()[0].body,
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
              "&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=session"
              "&WebIdentityToken=first.token%0A");
    EXPECT_TRUE(server_.requests()[1].body.ends_with("&WebIdentityToken=rotated.token"));
}

TEST_F(WebIdentity, AFileWithoutATokenIsAnErrorAtOnce) {
    const temporary_file empty("");
    const temporary_file blank(" \n\t");
    const temporary_file huge(std::string(65'537, 'x'));
    const temporary_file fifo("");
    std::filesystem::remove(fifo.path());
    ASSERT_EQ(mkfifo(fifo.path().c_str(), 0600), 0);
    struct file_case {
        std::string path;
        const char* expected;
    };
    for (const auto& [path, expected] :
         std::vector<file_case>{{"/nonexistent/token", "No such file"},
                                {"", "No such file"},
                                {empty.path(), "empty"},
                                {blank.path(), "empty"},
                                {huge.path(), "longer than 65536 bytes"},
                                {fifo.path(), "not a regular file"},
                                {"/dev/zero", "not a regular file"},
                                {"/", "not a regular file"}}) {
        const std::string message = failure_with(path);
        EXPECT_NE(message.find(expected), std::string::npos) << path << ": " << message;
        EXPECT_NE(message.find("\"" + path + "\""), std::string::npos) << message;
    }
    EXPECT_TRUE(server_.requests().empty());
    EXPECT_EQ(pauses_.count(), 0U);
}

TEST_F(WebIdentity, ThrottlingIsRetriedAndARejectedTokenIsNot) {
    const temporary_file file("some.secret.token");
    const http_server server{{.status = 400, .body = sts_error_answer("IDPCommunicationError")},
                             {.status = 400, .body = sts_error_answer("Throttling")},
                             {.status = 400, .body = sts_error_answer("InvalidIdentityToken")}};
    web_identity_source asked(
        "arn", file.path(), "",
        client_settings{.region = "r", .endpoints = {{aws_service::sts, server.url()}}});
    const std::string message = thrown_message<unrecoverable_credentials_error>(
        [&] { return asked.fetch(pauses_.context()).keys; });
    EXPECT_TRUE(message.starts_with("AssumeRoleWithWebIdentity of \"arn\" at " + server.url()))
        << message;
    EXPECT_EQ(server.requests().size(), 3U);
    EXPECT_EQ(pauses_.count(), 2U);
    EXPECT_EQ(message.find("some.secret"), std::string::npos) << message;
}

}  // namespace web_identity_test
