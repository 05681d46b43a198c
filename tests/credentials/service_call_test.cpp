// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/rest_json_call.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>

namespace service_call_test {

using namespace dsql::aws;
using namespace std::chrono_literals;

http_response answer(std::string body, std::string type = {}) {
    http_response response;
    response.status = 400;
    response.body = std::move(body);
    if (!type.empty()) {
        response.headers.push_back({"X-Amzn-ErrorType", std::move(type)});
    }
    return response;
}

TEST(ServiceCall, ParsesErrorResponses) {
    const struct {
        const char* header;
        const char* body;
        service_error expected;
    } cases[] = {
        {"", "", {}},
        {"", "<xml>", {}},
        {"AccessDeniedException", "{}", {.type = "AccessDeniedException"}},
        {"aws.sso#AccessDeniedException:http://x", "", {.type = "AccessDeniedException"}},
        {"", R"({"__type": "a.b#C", "Message": "m"})", {.type = "C", .message = "m"}},
        {"", R"({"code": "C", "message": "m"})", {.type = "C", .message = "m"}},
        {"", R"({"error": "e", "error_description": "d"})", {.error = "e", .message = "d"}},
        {"", R"({"error": {"a": 1}, "message": 5})", {}},
    };
    for (const auto& [header, body, expected] : cases) {
        const service_error found = read_service_error(answer(body, header));
        EXPECT_EQ(found.type, expected.type) << body;
        EXPECT_EQ(found.error, expected.error) << body;
        EXPECT_EQ(found.message, expected.message) << body;
    }
}

std::string description(const std::string& url, const std::string& body) {
    service_request request;
    request.service = "the service";
    request.http.url = url;
    return describe_error(request, answer(body), {"hunter2", ""});
}

TEST(ServiceCall, DescribesAnErrorWithoutSecrets) {
    EXPECT_EQ(description("https://host/path?token=hunter3", ""),
              "the service at https://host/path answered 400");
    EXPECT_EQ(
        description("http://user:hunter3@host:80/a@b#c", R"({"code": "C", "message": "m\n"})"),
        "the service at http://host/... answered 400 \"C: m?\"");
    EXPECT_EQ(description("https://host", R"({"code": "C", "message": "bad token hunter2"})"),
              "the service at https://host answered 400 \"C\"");
    // 199 one-byte characters and a two-byte one, which crosses the limit of 200 bytes.
    const std::string long_words = std::string(199, 'x') + "\u00e9";
    EXPECT_EQ(description("https://host", R"({"message": ")" + long_words + R"("})"),
              "the service at https://host answered 400 \"" + std::string(199, 'x') + "...\"");
}

TEST(ServiceCall, ParsesALifetime) {
    const struct {
        const char* answer;
        std::optional<std::chrono::seconds> expected;
    } cases[] = {
        {R"({"expiresIn": 900})", 900s},
        {R"({"ExpiresIn": 1})", 1s},
        {R"({"expiresIn": 315569520})", 315569520s},
        {R"({"expiresIn": 315569521})", std::nullopt},
        {R"({"expiresIn": 0})", std::nullopt},
        {R"({"expiresIn": -1})", std::nullopt},
        {R"({"expiresIn": 18446744073709551615})", std::nullopt},
        {R"({"expiresIn": 1e300})", std::nullopt},
        {R"({"expiresIn": "900"})", std::nullopt},
        {R"({})", std::nullopt},
    };
    for (const auto& [answer, expected] : cases) {
        EXPECT_EQ(read_lifetime(nlohmann::json::parse(answer)), expected) << answer;
    }
}

TEST(ServiceCall, RegionsAreValidated) {
    for (const char* good : {"us-east-1", "us-gov-west-1", "local"}) {
        EXPECT_NO_THROW(check_region(good, "x")) << good;
    }
    for (const char* bad : {"", "US-EAST-1", "us_east", "-a", "a-", "a.b", "evil.com/", "a b"}) {
        const std::string message = thrown_message<dsql::credentials_error>([bad] {
            check_region(bad, "sso_region");
            return 0;
        });
        EXPECT_TRUE(message.starts_with("sso_region is ")) << message;
        EXPECT_NE(message.find("such as us-east-1"), std::string::npos) << message;
    }
}

}  // namespace service_call_test
