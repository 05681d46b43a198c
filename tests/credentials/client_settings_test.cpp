// SPDX-License-Identifier: Apache-2.0
#include "aws/http/client_settings.hpp"

#include <dsql/error.hpp>

#include "support/scoped_environment.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <fstream>
#include <string>
#include <utility>

namespace client_settings_test {

using namespace dsql::aws;

class ClientSettings : public testing::Test {
protected:
    ClientSettings() { environment_.clear(); }

    [[nodiscard]] client_settings read(const std::string& region = {}) const {
        return read_client_settings(files_, "p", region);
    }
    [[nodiscard]] std::string sts() const { return service_url(read(), aws_service::sts, "r"); }

    scoped_environment environment_;
    shared_files files_;
};

TEST_F(ClientSettings, RegionComesFromOptionEnvironmentOrProfile) {
    EXPECT_EQ(read().region, "");
    files_.profiles["p"]["region"] = "profile";
    EXPECT_EQ(read().region, "profile");
    environment_.set("AWS_DEFAULT_REGION", "default");
    EXPECT_EQ(read().region, "default");
    environment_.set("AWS_REGION", "env");
    EXPECT_EQ(read().region, "env");
    EXPECT_EQ(read("asked").region, "asked");
}

// The expected endpoints follow the rules of AWS, as botocore applies them: see
// make_endpoint_vectors.py.
TEST_F(ClientSettings, EndpointsOfEveryRegionOfEveryPartition) {
    std::ifstream file(DSQL_TEST_VECTORS "/endpoint_vectors.json");
    const auto cases = nlohmann::json::parse(file);
    ASSERT_GE(cases.size(), 53U);
    for (const nlohmann::json& one : cases) {
        const std::string region = one.at("region");
        for (const auto& [name, service] :
             {std::pair("sts", aws_service::sts), std::pair("sso", aws_service::sso),
              std::pair("sso-oidc", aws_service::sso_oidc),
              std::pair("signin", aws_service::signin)}) {
            std::size_t variant = 0;
            for (const bool dualstack : {false, true}) {
                for (const bool fips : {false, true}) {
                    const client_settings settings{.use_fips = fips, .use_dualstack = dualstack};
                    EXPECT_EQ(service_url(settings, service, region),
                              one.at(name).at(variant++).get<std::string>());
                }
            }
        }
    }
}

TEST_F(ClientSettings, AnUnknownRegionIsInThePartitionAws) {
    EXPECT_EQ(service_url({}, aws_service::sts, "xx-new-1"), "https://sts.xx-new-1.amazonaws.com");
    EXPECT_EQ(service_url({}, aws_service::signin, "us-isob-new-1"),
              "https://us-isob-new-1.signin.sc2shome.sgov.gov");
}

TEST_F(ClientSettings, AMalformedEndpointIsAnErrorThatDoesNotShowIt) {
    for (const char* url :
         {"hunter2", "user:hunter2@host", "https://user:hun/ter2@host", "ftp://hunter2"}) {
        environment_.set("AWS_ENDPOINT_URL_SSO", url);
        const std::string message = thrown_message<dsql::credentials_error>(
            [this] { return service_url(read(), aws_service::sso, "r"); });
        EXPECT_NE(message.find("AWS_ENDPOINT_URL_SSO"), std::string::npos) << message;
        EXPECT_EQ(message.find("hun"), std::string::npos) << message;
        EXPECT_EQ(sts(), "https://sts.r.amazonaws.com") << "of no use for another service";
    }
}

TEST_F(ClientSettings, TheMostSpecificEndpointWins) {
    files_.profiles["p"]["endpoint_url"] = "http://profile/";
    EXPECT_EQ(sts(), "http://profile");
    files_.profiles["p"]["services"] = "s";
    files_.services["s"]["sts"] = "\nendpoint_url = http://section";
    EXPECT_EQ(sts(), "http://section");
    environment_.set("AWS_ENDPOINT_URL", "http://env");
    EXPECT_EQ(sts(), "http://env");
    environment_.set("AWS_ENDPOINT_URL_STS", "http://env-sts");
    EXPECT_EQ(sts(), "http://env-sts");
    environment_.set("AWS_ENDPOINT_URL_SSO", "http://env-sso");
    EXPECT_EQ(service_url(read(), aws_service::sso, "r"), "http://env-sso");
    EXPECT_EQ(service_url(read(), aws_service::sso_oidc, "r"), "http://env");
    environment_.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True");
    EXPECT_EQ(sts(), "https://sts.r.amazonaws.com");
}

TEST_F(ClientSettings, AMissingServicesSectionIsAnError) {
    files_.profiles["p"]["services"] = "gone";
    EXPECT_NE(thrown_message<dsql::credentials_error>([this] {
                  static_cast<void>(read());
              }).find("[services gone]"),
              std::string::npos);
}

TEST_F(ClientSettings, SwitchesAndNumbers) {
    files_.profiles["p"]["use_fips_endpoint"] = "true";
    files_.profiles["p"]["max_attempts"] = "5";
    files_.profiles["p"]["ca_bundle"] = "/profile.pem";
    EXPECT_TRUE(read().use_fips);
    EXPECT_EQ(read().max_attempts, 5);
    EXPECT_EQ(read().ca_bundle, "/profile.pem");
    environment_.set("AWS_USE_FIPS_ENDPOINT", "FALSE");
    environment_.set("AWS_MAX_ATTEMPTS", "1");
    environment_.set("AWS_CA_BUNDLE", "/env.pem");
    EXPECT_FALSE(read().use_fips);
    EXPECT_EQ(read().max_attempts, 1);
    EXPECT_EQ(read().ca_bundle, "/env.pem");
    for (const auto& [name, value] :
         {std::pair("AWS_USE_DUALSTACK_ENDPOINT", "yes"), std::pair("AWS_MAX_ATTEMPTS", "0")}) {
        environment_.set(name, value);
        EXPECT_NE(thrown_message<dsql::credentials_error>([this] {
                      static_cast<void>(read());
                  }).find(std::string(name) + " is \"" + value + "\""),
                  std::string::npos);
        environment_.unset(name);
    }
}

}  // namespace client_settings_test
