// SPDX-License-Identifier: Apache-2.0
// Errors stay short enough to read, even if a file or a variable holds a very long text.
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/profiles.hpp>

#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/sts_answers.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace bounded_errors_test {

constexpr std::size_t bound = 4'096;

// Returns the message that `call` throws, or "" if it accepts the long value.
template <class Call>
std::string message_of(const Call& call) {
    try {
        static_cast<void>(call());
        return {};
    } catch (const dsql::error& failure) {
        return failure.what();
    }
}

class BoundedErrors : public testing::Test {
protected:
    BoundedErrors() {
        environment_.clear();
        environment_.set("AWS_EC2_METADATA_DISABLED", "true");
        environment_.set("AWS_MAX_ATTEMPTS", "1");
        environment_.set("AWS_REGION", "us-east-1");
        environment_.set("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    }
    void write(const std::string& text) {
        file_ = std::make_unique<temporary_file>(text);
        environment_.set("AWS_CONFIG_FILE", file_->path());
    }
    static void expect_bounded(const std::string& what, const dsql::config& settings = {}) {
        std::vector<dsql::credentials_attempt> attempts;
        const std::string once =
            message_of([&] { return dsql::fetch_credentials(settings, &attempts); });
        EXPECT_LE(once.size(), bound) << what;
        for (const dsql::credentials_attempt& attempt : attempts) {
            EXPECT_LE(attempt.detail.size(), bound) << what;
        }
        const std::string kept = message_of([&] { return dsql::credentials_for(settings)->get(); });
        EXPECT_LE(kept.size(), bound) << what;
        EXPECT_LE(message_of([&] { return dsql::load_profiles(); }).size(), bound) << what;
        const std::string role = message_of(
            [&] { return dsql::assume_role_credentials("arn:aws:iam::1:role/x")->get(); });
        EXPECT_LE(role.size(), bound) << what;
    }

    scoped_environment environment_;
    std::unique_ptr<temporary_file> file_;
    const std::string long_text_ = std::string(100'000, 'x');
};

TEST_F(BoundedErrors, AMistypedProfileAmongHundreds) {
    std::string text;
    for (int i = 0; i < 500; ++i) {
        text += "[profile team-" + std::to_string(i) + "-administrators]\nregion = us-east-1\n";
    }
    write(text + "[profile production]\nregion = us-east-1\n");
    const std::string message =
        message_of([] { return dsql::fetch_credentials({.profile = "Prodution"}); });
    EXPECT_LE(message.size(), 1'000U) << message;
    EXPECT_NE(message.find("profiles found: \"production\", \"team-"), std::string::npos)
        << message;
    EXPECT_NE(message.find(" and 491 more"), std::string::npos) << message;
}

TEST_F(BoundedErrors, AFewProfilesAreAllNamed) {
    write("[profile a]\nregion = r\n[profile b]\nregion = r\n");
    const std::string message =
        message_of([] { return dsql::fetch_credentials({.profile = "c"}); });
    EXPECT_NE(message.find("profiles found: \"a\", \"b\""), std::string::npos) << message;
    EXPECT_EQ(message.find("more"), std::string::npos) << message;
}

TEST_F(BoundedErrors, OfVariables) {
    for (const char* name : {"AWS_ACCESS_KEY_ID",
                             "AWS_SECRET_ACCESS_KEY",
                             "AWS_CREDENTIAL_EXPIRATION",
                             "AWS_PROFILE",
                             "AWS_DEFAULT_PROFILE",
                             "AWS_CONFIG_FILE",
                             "AWS_SHARED_CREDENTIALS_FILE",
                             "AWS_ROLE_ARN",
                             "AWS_WEB_IDENTITY_TOKEN_FILE",
                             "AWS_ROLE_SESSION_NAME",
                             "AWS_REGION",
                             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                             "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                             "AWS_ENDPOINT_URL",
                             "AWS_ENDPOINT_URL_STS",
                             "AWS_MAX_ATTEMPTS",
                             "AWS_CA_BUNDLE",
                             "AWS_USE_FIPS_ENDPOINT",
                             "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                             "http_proxy",
                             "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                             "AWS_METADATA_SERVICE_TIMEOUT",
                             "SSL_CERT_FILE"}) {
        for (const char* prefix : {"", "/", "http://127.0.0.1:1/", "https://127.0.0.1:1/"}) {
            scoped_environment changed;
            if (std::string(name).starts_with("AWS_CONTAINER_AUTH")) {
                changed.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/");
            }
            if (std::string(name).find("METADATA") != std::string::npos) {
                changed.set("AWS_EC2_METADATA_DISABLED", "false");
            }
            if (std::string(name).find("ROLE") != std::string::npos ||
                std::string(name).find("ENDPOINT_URL") != std::string::npos) {
                changed.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
                changed.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/dev/null");
            }
            changed.set(name, prefix + long_text_);
            expect_bounded(std::string(name) + " " + prefix);
        }
    }
}

TEST_F(BoundedErrors, OfProfiles) {
    const std::string role = "role_arn = arn:aws:iam::123456789012:role/r\n";
    const std::string keys = "aws_access_key_id = a\naws_secret_access_key = s\n";
    for (const std::string& begin :
         {std::string(), role, role + "source_profile = base\n",
          role + "credential_source = Environment\n", keys,
          std::string("sso_session = s\nsso_account_id = 1\nsso_role_name = r\n"),
          std::string(
              "sso_start_url = u\nsso_region = r\nsso_account_id = 1\nsso_role_name = r\n")}) {
        for (const char* key : {"role_arn",           "source_profile",
                                "credential_source",  "duration_seconds",
                                "mfa_serial",         "external_id",
                                "role_session_name",  "web_identity_token_file",
                                "sso_session",        "sso_start_url",
                                "sso_region",         "sso_account_id",
                                "sso_role_name",      "login_session",
                                "credential_process", "services",
                                "endpoint_url",       "ca_bundle",
                                "max_attempts",       "region",
                                "use_fips_endpoint",  "aws_access_key_id"}) {
            write("[profile base]\n" + keys +
                  "[sso-session s]\nsso_start_url = u\nsso_region = r\n" + "[profile p]\n" + begin +
                  key + " = " + long_text_ + "\n");
            expect_bounded(begin + key, {.profile = "p"});
        }
    }
    write("[profile " + long_text_ + "]\nrole_arn = x\n");
    expect_bounded("name", {.profile = long_text_});
    expect_bounded("other", {.profile = "p"});
}

TEST_F(BoundedErrors, OfALoopOfProfiles) {
    std::string text;
    for (int i = 0; i < 2'000; ++i) {
        text += "[profile p" + std::to_string(i) + "]\nrole_arn = x\nsource_profile = p" +
                std::to_string((i + 1) % 2'000) + "\n";
    }
    write(text);
    const std::string message =
        message_of([] { return dsql::fetch_credentials({.profile = "p0"}); });
    EXPECT_NE(message.find("form a loop: \"p0\" -> \"p1\""), std::string::npos) << message;
    EXPECT_LE(message.size(), bound);
}

TEST_F(BoundedErrors, OfServices) {
    const http_server sts{
        {.status = 403,
         .body = sts_error_answer("AccessDenied", "no " + long_text_.substr(0, 30'000))}};
    environment_.set("AWS_ENDPOINT_URL_STS", sts.url());
    write(
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = s\n[profile p]\nrole_arn = "
        "arn:aws:iam::123456789012:role/r\nsource_profile = base\n");
    const std::string message =
        message_of([] { return dsql::fetch_credentials({.profile = "p"}); });
    EXPECT_NE(message.find("AccessDenied"), std::string::npos) << message;
    EXPECT_LE(message.size(), bound);
    const http_server container{
        {.status = 400,
         .body = R"({"code":")" + long_text_.substr(0, 30'000) + R"(","message":"m"})"}};
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url());
    environment_.unset("AWS_CONFIG_FILE");
    environment_.set("AWS_CONFIG_FILE", "/nonexistent");
    expect_bounded("container");
}

}  // namespace bounded_errors_test
