// SPDX-License-Identifier: Apache-2.0
// Expired credentials that could not be renewed, and the tokens that are signed with them.
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/token.hpp>

#include "aws/providers/refreshing_provider.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/sts_answers.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace static_stability_test {

using namespace std::chrono_literals;
using dsql::aws::after_expiration;
using std::chrono::system_clock;

constexpr const char* expired_document =
    R"({"Code":"Success","AccessKeyId":"EXPIRED","SecretAccessKey":"s","Token":"t",)"
    R"("Expiration":"2020-01-02T03:04:05Z"})";

class recording_observer final : public dsql::observer {
public:
    void credentials_refresh_failed(
        const dsql::credentials_refresh_event& event) noexcept override {
        reasons.emplace_back(event.reason);
        expiration = event.expiration;
    }
    std::vector<std::string> reasons;
    std::optional<system_clock::time_point> expiration;
};

// The lifetime of a token in seconds.
int life_of(const std::string& token) {
    const std::string name = "X-Amz-Expires=";
    return std::atoi(token.c_str() + token.find(name) + name.size());
}

class StaticStability : public testing::Test {
protected:
    StaticStability() { environment_.clear(); }

    [[nodiscard]] dsql::config settings() const {
        return {.host = "x.dsql.us-east-1.on.aws", .observer = observer_};
    }
    void serve_container(const http_server& server) {
        environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url());
    }

    scoped_environment environment_;
    const std::shared_ptr<recording_observer> observer_ = std::make_shared<recording_observer>();
};

// A source that returns credentials once, which expire in an hour. Later fetches fail.
class dying_source final : public dsql::aws::credentials_source {
public:
    dying_source(const system_clock::duration& offset, after_expiration use)
        : offset_(offset), use_(use) {}
    [[nodiscard]] std::string name() const override { return "dying"; }
    [[nodiscard]] dsql::aws::fetched_credentials fetch(const dsql::aws::fetch_context&) override {
        if (++fetches_ > 1) {
            throw dsql::credentials_error("the service is down");
        }
        return {.keys = {.access_key_id = "OLD",
                         .secret_access_key = "s",
                         .expiration = system_clock::now() + offset_ + 1h},
                .expired_use = use_};
    }

private:
    const system_clock::duration& offset_;
    const after_expiration use_;
    int fetches_ = 0;
};

// A provider whose first fetch was two hours ago, so that its credentials have expired.
class DeadService {
public:
    explicit DeadService(after_expiration use) {
        dsql::aws::refresh_environment environment;
        environment.now = [this] {
            return system_clock::now() + offset_;
        };
        provider_ = std::make_shared<dsql::aws::refreshing_provider>(
            std::make_unique<dying_source>(offset_, use), environment);
        static_cast<void>(provider_->get());
        offset_ = 0s;
    }
    [[nodiscard]] const std::shared_ptr<dsql::aws::refreshing_provider>& provider() const {
        return provider_;
    }

private:
    system_clock::duration offset_ = -2h;
    std::shared_ptr<dsql::aws::refreshing_provider> provider_;
};

TEST_F(StaticStability, ATokenIsSignedWithExpiredCredentialsWhileTheirServiceIsDown) {
    for (const after_expiration use : {after_expiration::kept, after_expiration::kept_and_taken}) {
        const DeadService dead(use);
        observer_->reasons.clear();
        dsql::config config = settings();
        config.credentials = dead.provider();
        dsql::token_generator tokens(config);
        const auto token = tokens.get();
        EXPECT_NE(token->find("X-Amz-Credential=OLD%2F"), std::string::npos) << *token;
        EXPECT_GE(life_of(*token), 599);
        EXPECT_LE(life_of(*token), 900);
        EXPECT_EQ(tokens.get(), token) << "the cache did not keep it";
        EXPECT_EQ(tokens.refreshes(), 1);
        tokens.invalidate();
        EXPECT_NE(tokens.get(), token);
        // One report for the failed renewal, not one for each token.
        EXPECT_EQ(observer_->reasons, std::vector<std::string>{"the service is down"});
        EXPECT_LE(observer_->expiration.value(), system_clock::now());
    }
}

TEST_F(StaticStability, NoTokenIsSignedWithExpiredCredentialsOfOtherSources) {
    const DeadService dead(after_expiration::refused);
    dsql::config config = settings();
    config.credentials = dead.provider();
    dsql::token_generator tokens(config);
    EXPECT_EQ(thrown_message<dsql::credentials_error>([&] { return tokens.get(); }),
              "the service is down");
    EXPECT_TRUE(observer_->reasons.empty());
}

TEST_F(StaticStability, ExpiredCredentialsOfACustomProviderAreRejected) {
    dsql::config config = settings();
    config.credentials = dsql::make_credentials_provider([] {
        return dsql::credentials{
            .access_key_id = "a", .secret_access_key = "s", .expiration = system_clock::now() - 1s};
    });
    const std::string message =
        thrown_message<dsql::credentials_error>([&] { return dsql::generate_token(config); });
    EXPECT_TRUE(message.starts_with("credentials: they expired at ")) << message;
}

TEST_F(StaticStability, ExpiredCredentialsOfTheMetadataServiceAreSignedWithAndExtended) {
    const http_server imds([](const received_request& request) -> canned_response {
        if (request.method == "PUT") {
            return {.body = "token"};
        }
        return {.body = request.target.ends_with('/') ? "role" : expired_document};
    });
    environment_.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.url());
    environment_.set("AWS_METADATA_SERVICE_TIMEOUT", "30");
    environment_.unset("AWS_EC2_METADATA_DISABLED");
    const auto provider = dsql::credentials_for({});
    const auto before = system_clock::now();
    const auto expiration = provider->get().expiration.value();
    EXPECT_GE(expiration, before + 5min);
    EXPECT_LE(expiration, system_clock::now() + 15min);
    dsql::token_generator tokens(settings());
    EXPECT_EQ(tokens.get(), tokens.get());
    EXPECT_EQ(observer_->reasons.size(), 1U);
    EXPECT_TRUE(observer_->reasons.at(0).starts_with(
        "EC2 instance metadata returned credentials that expired at 2020-01-02T03:04:05Z; it is "))
        << observer_->reasons.at(0);
}

TEST_F(StaticStability, ExpiredCredentialsOfAContainerEndpointAreSignedWithAndExtended) {
    const http_server container{{.body = expired_document}};
    serve_container(container);
    std::vector<dsql::credentials_attempt> attempts;
    const auto before = system_clock::now();
    const dsql::credentials keys = dsql::fetch_credentials(settings(), &attempts);
    EXPECT_GE(keys.expiration.value(), before + 5min);
    EXPECT_LE(keys.expiration.value(), system_clock::now() + 15min);
    EXPECT_EQ(attempts.back().outcome, dsql::credentials_outcome::provided);
    EXPECT_TRUE(attempts.back().detail.starts_with("credentials that expired at 2020-"))
        << attempts.back().detail;
    EXPECT_EQ(observer_->reasons.size(), 1U);
    EXPECT_NE(dsql::generate_token(settings()).find("EXPIRED%2F"), std::string::npos);
}

// As in the AWS SDK for Go v2, expired credentials of the first fetch are an error.
TEST_F(StaticStability, ExpiredCredentialsFromStsAreAnError) {
    const http_server sts{
        {.body = sts_answer("AssumeRole", {.expiration = "2020-01-02T03:04:05Z"})}};
    const temporary_file config(
        "[profile base]\naws_access_key_id = a\naws_secret_access_key = s\n"
        "[profile p]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
        "region = us-east-1\n");
    environment_.set("AWS_CONFIG_FILE", config.path());
    environment_.set("AWS_ENDPOINT_URL_STS", sts.url());
    dsql::config asked = settings();
    asked.profile = "p";
    const std::string message =
        thrown_message<dsql::credentials_error>([&] { return dsql::generate_token(asked); });
    EXPECT_NE(message.find("it returned credentials that expired at 2020-01-02T03:04:05Z"),
              std::string::npos)
        << message;
    std::vector<dsql::credentials_attempt> attempts;
    EXPECT_THROW(static_cast<void>(dsql::fetch_credentials(asked, &attempts)),
                 dsql::credentials_error);
    EXPECT_EQ(attempts.at(0).outcome, dsql::credentials_outcome::failed);
}

}  // namespace static_stability_test
