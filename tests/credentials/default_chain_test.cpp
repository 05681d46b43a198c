// SPDX-License-Identifier: Apache-2.0
// The order of the default chain, the source that it selects, and its error messages, through the
// public interface.
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace default_chain_test {

std::string sts_answer(const std::string& action) {
    return "<" + action + "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" +
           action + "Result><Credentials><AccessKeyId>ASIA" + action +
           "</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey>"
           "<SessionToken>role-token</SessionToken><Expiration>2199-01-01T00:00:00Z</Expiration>"
           "</Credentials></" +
           action + "Result></" + action + "Response>";
}

// Responds like STS, to every action.
canned_response answer_as_sts(const received_request& request) {
    const bool web = request.body.find("Action=AssumeRoleWithWebIdentity") != std::string::npos;
    return {.body = sts_answer(web ? "AssumeRoleWithWebIdentity" : "AssumeRole")};
}

canned_response answer_as_metadata(const received_request& request) {
    if (request.method == "PUT") {
        return {.body = "metadata-token"};
    }
    if (request.target.ends_with("/security-credentials/")) {
        return {.body = "the-role\n"};
    }
    return {.body = R"({"Code":"Success","AccessKeyId":"ASIAMETADATA","SecretAccessKey":"s",
                        "Token":"t","Expiration":"2199-01-01T00:00:00Z"})"};
}

constexpr const char* container_answer =
    R"({"AccessKeyId":"ASIACONTAINER","SecretAccessKey":"s","Token":"t",
        "Expiration":"2199-01-01T00:00:00Z"})";

// All five sources are configured. A test removes sources from the front of the chain.
class DefaultChain : public testing::Test {
protected:
    DefaultChain() {
        environment_.clear();
        environment_.set("AWS_REGION", "eu-west-1");
        environment_.set("AWS_ENDPOINT_URL_STS", sts_.url());
        environment_.set("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT");
        environment_.set("AWS_SECRET_ACCESS_KEY", "s");
        environment_.set("AWS_WEB_IDENTITY_TOKEN_FILE", token_.path());
        environment_.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/web");
        environment_.set("AWS_SHARED_CREDENTIALS_FILE", file_.path());
        environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", container_.url());
        environment_.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata_.url());
    }

    void take_away_environment_keys() {
        environment_.unset("AWS_ACCESS_KEY_ID");
        environment_.unset("AWS_SECRET_ACCESS_KEY");
    }
    void take_away_web_identity() {
        take_away_environment_keys();
        environment_.unset("AWS_WEB_IDENTITY_TOKEN_FILE");
    }
    void take_away_profile() {
        take_away_web_identity();
        environment_.set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    }
    void take_away_container() {
        take_away_profile();
        environment_.unset("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    }

    [[nodiscard]] static std::string key(const dsql::config& settings = {}) {
        return dsql::fetch_credentials(settings).access_key_id;
    }
    [[nodiscard]] static std::string failure(const dsql::config& settings = {}) {
        return thrown_message<dsql::credentials_error>([&] { static_cast<void>(key(settings)); });
    }
    [[nodiscard]] std::size_t requests() const {
        return sts_.requests().size() + container_.requests().size() + metadata_.requests().size();
    }

    scoped_environment environment_;
    http_server sts_{http_server::handler(answer_as_sts)};
    http_server container_{{.body = container_answer}};
    http_server metadata_{http_server::handler(answer_as_metadata)};
    temporary_file token_{"the.web.token"};
    temporary_file file_{
        "[default]\naws_access_key_id=AKIADEFAULT\naws_secret_access_key=s\n"
        "[named]\naws_access_key_id=AKIANAMED\naws_secret_access_key=s\n"
        "[region-only]\nregion=eu-west-1\n"
        "[half]\naws_access_key_id=AKIAHALF\n"
        "[role]\nrole_arn=arn:aws:iam::123456789012:role/r\nsource_profile=named\n"};
};

TEST_F(DefaultChain, FollowsTheOrderOfTheGoSdk) {
    EXPECT_EQ(key(), "AKIAENVIRONMENT");
    EXPECT_EQ(requests(), 0U);
    take_away_environment_keys();
    EXPECT_EQ(key(), "ASIAAssumeRoleWithWebIdentity");
    EXPECT_EQ(requests(), 1U);
    take_away_web_identity();
    EXPECT_EQ(key(), "AKIADEFAULT");
    EXPECT_EQ(requests(), 1U);
    take_away_profile();
    EXPECT_EQ(key(), "ASIACONTAINER");
    EXPECT_EQ(requests(), 2U);
    take_away_container();
    EXPECT_EQ(key(), "ASIAMETADATA");
    EXPECT_EQ(requests(), 5U);
}

TEST_F(DefaultChain, AProfileOfTheConfigIsTheOnlySource) {
    EXPECT_EQ(key({.profile = "named"}), "AKIANAMED");
    EXPECT_EQ(requests(), 0U);
    EXPECT_NE(failure({.profile = "gone"}).find("profile \"gone\": not in "), std::string::npos);
    EXPECT_NE(failure({.profile = "region-only"}).find("profile \"region-only\""),
              std::string::npos);
    EXPECT_EQ(requests(), 0U);
}

TEST_F(DefaultChain, AwsProfileDoesNotOverrideTheEnvironment) {
    environment_.set("AWS_PROFILE", "named");
    EXPECT_EQ(key(), "AKIAENVIRONMENT");
    take_away_web_identity();
    EXPECT_EQ(key(), "AKIANAMED");
    environment_.unset("AWS_PROFILE");
    environment_.set("AWS_DEFAULT_PROFILE", "named");
    EXPECT_EQ(key(), "AKIANAMED");
}

TEST_F(DefaultChain, AConfiguredSourceThatFailsEndsTheChain) {
    take_away_web_identity();
    for (const auto& [profile, reason] :
         {std::pair("gone", "not in "), std::pair("half", "aws_secret_access_key")}) {
        environment_.set("AWS_PROFILE", profile);
        const std::string message = failure();
        EXPECT_NE(message.find(reason), std::string::npos) << message;
        EXPECT_NE(message.find("Tried: environment: "), std::string::npos) << message;
    }
    environment_.unset("AWS_PROFILE");
    environment_.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token");
    EXPECT_NE(failure().find("/nonexistent/token"), std::string::npos) << failure();
    environment_.unset("AWS_ROLE_ARN");
    EXPECT_NE(failure().find("AWS_ROLE_ARN"), std::string::npos) << failure();
    EXPECT_EQ(requests(), 0U);
}

TEST_F(DefaultChain, AMissingCredentialSourceIsAnErrorAndEndsTheChain) {
    take_away_web_identity();
    const temporary_file file(
        "[default]\nrole_arn=arn:aws:iam::123456789012:role/r\ncredential_source=Environment\n");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", file.path());
    EXPECT_NE(failure().find("profile \"default\" (credential_source Environment): "
                             "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set"),
              std::string::npos)
        << failure();
    environment_.unset("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const temporary_file other(
        "[default]\nrole_arn=arn:aws:iam::123456789012:role/r\ncredential_source=EcsContainer\n");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", other.path());
    EXPECT_NE(failure().find("are not set"), std::string::npos) << failure();
    environment_.set("AWS_EC2_METADATA_DISABLED", "true");
    const temporary_file metadata(
        "[default]\nrole_arn=arn:aws:iam::123456789012:role/r\n"
        "credential_source=Ec2InstanceMetadata\n");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", metadata.path());
    EXPECT_NE(failure().find("profile \"default\": turned off by AWS_EC2_METADATA_DISABLED"),
              std::string::npos)
        << failure();
    EXPECT_EQ(requests(), 0U);
}

TEST_F(DefaultChain, AProfileWithoutCredentialsIsSkipped) {
    take_away_web_identity();
    environment_.set("AWS_PROFILE", "region-only");
    EXPECT_EQ(key(), "ASIACONTAINER");
}

TEST_F(DefaultChain, AnErrorNamesAllSourcesAndTheirReasons) {
    take_away_container();
    environment_.set("AWS_EC2_METADATA_DISABLED", "true");
    const std::string message = failure();
    for (const char* part :
         {"no AWS credentials found. Tried: environment: AWS_ACCESS_KEY_ID and "
          "AWS_SECRET_ACCESS_KEY are not set; web identity: "
          "AWS_WEB_IDENTITY_TOKEN_FILE is not set; "
          "profile \"default\": ",
          "; container endpoint: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and "
          "AWS_CONTAINER_CREDENTIALS_FULL_URI are not set; EC2 instance metadata: ",
          "AWS_EC2_METADATA_DISABLED"}) {
        EXPECT_NE(message.find(part), std::string::npos) << part << '\n' << message;
    }
}

TEST_F(DefaultChain, AttemptsAreReportedInOrderEvenWhenAllFail) {
    take_away_profile();
    std::vector<dsql::credentials_attempt> attempts;
    static_cast<void>(dsql::fetch_credentials({}, &attempts));
    ASSERT_EQ(attempts.size(), 4U);
    EXPECT_EQ(attempts[0].source, "environment");
    EXPECT_EQ(attempts[0].outcome, dsql::credentials_outcome::declined);
    EXPECT_EQ(attempts[3].source, "container endpoint");
    EXPECT_EQ(attempts[3].outcome, dsql::credentials_outcome::provided);
    take_away_container();
    environment_.set("AWS_EC2_METADATA_DISABLED", "TRUE");
    EXPECT_THROW(static_cast<void>(dsql::fetch_credentials({}, &attempts)),
                 dsql::credentials_error);
    ASSERT_EQ(attempts.size(), 5U);
    EXPECT_EQ(attempts[4].source, "EC2 instance metadata");
    EXPECT_EQ(attempts[4].outcome, dsql::credentials_outcome::failed);
}

TEST_F(DefaultChain, ARoleIsAssumedWithItsSourceProfile) {
    take_away_web_identity();
    environment_.set("AWS_PROFILE", "role");
    EXPECT_EQ(key(), "ASIAAssumeRole");
    const received_request request = sts_.requests().at(0);
    EXPECT_NE(request.headers.at("authorization").find("Credential=AKIANAMED/"), std::string::npos);
    EXPECT_NE(request.headers.at("authorization").find("/eu-west-1/sts/aws4_request"),
              std::string::npos);
}

TEST_F(DefaultChain, ExpiringCredentialsAreCachedByTheProviderOfAConfig) {
    take_away_profile();
    const auto provider = dsql::credentials_for({});
    EXPECT_EQ(provider->get().access_key_id, "ASIACONTAINER");
    EXPECT_EQ(provider->get().access_key_id, "ASIACONTAINER");
    EXPECT_EQ(requests(), 1U);
    provider->invalidate("ASIACONTAINER");
    EXPECT_EQ(provider->get().access_key_id, "ASIACONTAINER");
    EXPECT_EQ(requests(), 2U);
}

TEST_F(DefaultChain, AssumeRoleCredentialsUseTheDefaultChainOrTheirOwnSource) {
    const auto role =
        dsql::assume_role_credentials("arn:aws:iam::123456789012:role/x", {.external_id = "e 1"});
    EXPECT_EQ(role->get().access_key_id, "ASIAAssumeRole");
    EXPECT_EQ(role->get().session_token, "role-token");
    ASSERT_EQ(sts_.requests().size(), 1U);
    const received_request first = sts_.requests()[0];
    EXPECT_NE(first.headers.at("authorization").find("Credential=AKIAENVIRONMENT/"),
              std::string::npos);
    EXPECT_NE(first.body.find("ExternalId=e%201"), std::string::npos) << first.body;
    EXPECT_NE(first.body.find("DurationSeconds=900"), std::string::npos) << first.body;

    const auto other = dsql::assume_role_credentials(
        "arn:aws:iam::123456789012:role/x",
        {.source =
             dsql::static_credentials({.access_key_id = "AKIAOTHER", .secret_access_key = "s"})});
    static_cast<void>(other->get());
    EXPECT_NE(sts_.requests().at(1).headers.at("authorization").find("Credential=AKIAOTHER/"),
              std::string::npos);
}

// The server responds with ExpiredToken to the first request, as STS does for expired keys.
TEST_F(DefaultChain, KeysThatStsRejectsAsExpiredAreFetchedAgainOnce) {
    const http_server sts{
        {.status = 403,
         .body = "<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>"},
        {.body = sts_answer("AssumeRole")}};
    environment_.set("AWS_ENDPOINT_URL_STS", sts.url());
    take_away_profile();
    const auto source = dsql::credentials_for({});
    EXPECT_EQ(source->get().access_key_id, "ASIACONTAINER");
    const auto role =
        dsql::assume_role_credentials("arn:aws:iam::123456789012:role/x", {.source = source});
    EXPECT_EQ(role->get().access_key_id, "ASIAAssumeRole");
    EXPECT_EQ(sts.requests().size(), 2U);
    EXPECT_EQ(container_.requests().size(), 2U);
}

TEST_F(DefaultChain, AnMfaCodeOfTheOptionsAppliesToProfilesOfTheChain) {
    take_away_web_identity();
    const temporary_file file(
        "[default]\nrole_arn=arn:aws:iam::123456789012:role/r\nsource_profile=keys\n"
        "mfa_serial=device\n[keys]\naws_access_key_id=AKIAKEYS\naws_secret_access_key=s\n");
    environment_.set("AWS_SHARED_CREDENTIALS_FILE", file.path());
    const auto role = dsql::assume_role_credentials("arn:aws:iam::123456789012:role/x",
                                                    {.mfa_code = [](const std::string& serial) {
                                                        return serial == "device" ? "123456" : "";
                                                    }});
    EXPECT_EQ(role->get().access_key_id, "ASIAAssumeRole");
    EXPECT_NE(sts_.requests().at(0).body.find("TokenCode=123456"), std::string::npos);
}

TEST_F(DefaultChain, AMalformedRegionNeverBecomesAHostName) {
    take_away_environment_keys();
    environment_.unset("AWS_ENDPOINT_URL_STS");
    environment_.set("AWS_REGION", "example.invalid/x");
    EXPECT_NE(failure().find("\"example.invalid/x\"; it must be an AWS region"), std::string::npos)
        << failure();
}

TEST_F(DefaultChain, AssumeRoleOptionsAreCheckedAtOnce) {
    using options = dsql::assume_role_options;
    const auto error_text = [](const std::string& role, options given) {
        return thrown_message<dsql::config_error>(
            [&] { static_cast<void>(dsql::assume_role_credentials(role, std::move(given))); });
    };
    const std::string role = "arn:aws:iam::123456789012:role/x";
    EXPECT_NE(error_text("", {}).find("role_arn"), std::string::npos);
    EXPECT_NE(error_text(role, {.role_session_name = "a b"}).find("role_session_name"),
              std::string::npos);
    EXPECT_NE(error_text(role, {.duration = std::chrono::seconds(899)}).find("duration"),
              std::string::npos);
    EXPECT_NE(error_text(role, {.duration = std::chrono::seconds(43'201)}).find("duration"),
              std::string::npos);
    EXPECT_NE(error_text(role, {.mfa_serial = "arn:aws:iam::1:mfa/u"}).find("mfa_code"),
              std::string::npos);
}

}  // namespace default_chain_test
