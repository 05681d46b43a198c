// SPDX-License-Identifier: Apache-2.0
#include "aws/signing/request_signer.hpp"

#include "aws/http/url.hpp"
#include "base/utc_time.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace request_signer_test {

using namespace dsql::aws;
using namespace dsql::detail;
using dsql::credentials;

std::string header_of(const http_request& request, std::string_view name) {
    const auto found =
        std::find_if(request.headers.begin(), request.headers.end(),
                     [name](const http_header& header) { return header.name == name; });
    return found == request.headers.end() ? "none" : std::string(found->value);
}

http_request request_of(const nlohmann::json& vector) {
    http_request request{.method = vector.at("method").get<std::string>(),
                         .url = vector.at("url").get<std::string>(),
                         .body = vector.at("body").get<std::string>()};
    for (const auto& [name, value] : vector.at("headers").items()) {
        request.headers.push_back({name, value.get<std::string>()});
    }
    return request;
}

TEST(RequestSigner, EqualsBotocoreByteForByte) {
    std::ifstream file(DSQL_TEST_VECTORS "/request_vectors.json");
    const nlohmann::json vectors = nlohmann::json::parse(file);
    ASSERT_GE(vectors.at("cases").size(), 40U);
    for (const nlohmann::json& vector : vectors.at("cases")) {
        const auto text = [&vector](const char* key) {
            return vector.at(key).get<std::string>();
        };
        http_request request = request_of(vector);
        const credentials keys{.access_key_id = text("access_key_id"),
                               .secret_access_key = text("secret_access_key"),
                               .session_token = text("session_token")};
        sign_request(request, keys, text("region"), text("service"),
                     parse_utc_time(text("at")).value());
        EXPECT_EQ(header_of(request, "Authorization"), text("authorization")) << vector.dump();
    }
}

struct published_case {
    const char* name;
    http_request request;
    const char* service;
    const char* signed_headers;
    const char* signature;
};

// The SigV4 test suite of AWS, and the IAM example of the AWS General Reference.
TEST(RequestSigner, MatchesThePublishedExamples) {
    const http_header form{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"};
    const std::vector<published_case> cases = {
        {"get-vanilla",
         {.url = "https://example.amazonaws.com/"},
         "service",
         "host;x-amz-date",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"post-vanilla",
         {.method = "POST", .url = "https://example.amazonaws.com/"},
         "service",
         "host;x-amz-date",
         "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        {"get-vanilla-query-order-key-case",
         {.url = "https://example.amazonaws.com/?Param2=value2&Param1=value1"},
         "service",
         "host;x-amz-date",
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        {"get-slashes",
         {.url = "https://example.amazonaws.com//./"},
         "service",
         "host;x-amz-date",
         "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"post-x-www-form-urlencoded",
         {.method = "POST",
          .url = "https://example.amazonaws.com/",
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
          .body = "Param1=value1"},
         "service",
         "content-type;host;x-amz-date",
         "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
        {"iam ListUsers",
         {.url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
          .headers = {form}},
         "iam",
         "content-type;host;x-amz-date",
         "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
    };
    const credentials keys{.access_key_id = "AKIDEXAMPLE",
                           .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};
    for (published_case example : cases) {
        sign_request(example.request, keys, "us-east-1", example.service,
                     parse_utc_time("2015-08-30T12:36:00Z").value());
        EXPECT_EQ(header_of(example.request, "Authorization"),
                  std::string("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/") +
                      example.service + "/aws4_request, SignedHeaders=" + example.signed_headers +
                      ", Signature=" + example.signature)
            << example.name;
    }
}

TEST(RequestSigner, SigningAgainReplacesTheSignature) {
    http_request request{.url = "https://sts.amazonaws.com/"};
    const auto at = parse_utc_time("2015-08-30T12:36:00Z").value();
    sign_request(request, {.access_key_id = "A", .secret_access_key = "S", .session_token = "T"},
                 "us-east-1", "sts", at);
    EXPECT_EQ(request.headers.size(), 4U);
    EXPECT_EQ(header_of(request, "X-Amz-Security-Token"), "T");
    sign_request(request, {.access_key_id = "B", .secret_access_key = "S"}, "us-east-1", "sts", at);
    EXPECT_EQ(request.headers.size(), 3U);
    EXPECT_EQ(header_of(request, "X-Amz-Security-Token"), "none");
    EXPECT_EQ(header_of(request, "Authorization").find("Credential=A/"), std::string::npos);
}

TEST(UrlParts, TheHostIsInTheFormThatClientsSend) {
    struct host_case {
        const char* url;
        const char* host;
        const char* shown;
    };
    for (const auto& [url, host, shown] :
         std::vector<host_case>{{"https://A.b", "a.b", "https://a.b"},
                                {"HTTPS://a.b:443/", "a.b", "https://a.b/"},
                                {"http://a.b:443/x?y=z", "a.b:443", "http://a.b:443/x"},
                                {"http://a.b:80#f", "a.b", "http://a.b"},
                                {"http://a.b:/", "a.b", "http://a.b/"},
                                {"http://u:p@a.b:8080/", "a.b:8080", "http://a.b:8080/"},
                                {"https://[::1]/", "[::1]", "https://[::1]/"},
                                {"https://[fe80::443]:443", "[fe80::443]", "https://[fe80::443]"},
                                {"https://a.b?x=http://c/d", "a.b", "https://a.b"},
                                {"http://u:1/p@a.b/", "u:1", "http://u:1/..."},
                                {"http://u:p/w@a.b/", "u:p", "an endpoint that is no URL"},
                                {"", "", "an endpoint that is no URL"}}) {
        EXPECT_EQ(target_of(url).host, host) << url;
        EXPECT_EQ(shown_url(url), shown) << url;
    }
}

}  // namespace request_signer_test
