// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/sts/sts_client.hpp"

#include "aws/providers/sts/assume_role_source.hpp"
#include "base/utc_time.hpp"
#include "support/http_server.hpp"
#include "support/recording_context.hpp"
#include "support/scoped_environment.hpp"
#include "support/sts_answers.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace sts_client_test {

using namespace dsql::aws;
using namespace dsql::detail;
using namespace std::chrono_literals;
using dsql::credentials;
using dsql::credentials_error;

const std::string role = "arn:aws:iam::123456789012:role/reader";
const credentials base_keys{.access_key_id = "ASIABASE",
                            .secret_access_key = "base/secret+key",
                            .session_token = "base/session+token=="};
const auto test_time = parse_utc_time("2026-01-02T03:04:05Z").value();

std::string hmac(const std::string& key, const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), &digest[0], &size);
    return {reinterpret_cast<const char*>(&digest[0]), size};
}

std::string hex(const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
        char digits[3];
        snprintf(&digits[0], sizeof digits, "%02x", static_cast<unsigned char>(c));
        text += &digits[0];
    }
    return text;
}

std::string sha256_hex(const std::string& text) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), &digest[0], &size, EVP_sha256(), nullptr);
    return hex({reinterpret_cast<const char*>(&digest[0]), size});
}

// Computes the signature of a received POST to "/", as STS does. The code follows the description
// of AWS and shares nothing with the signer under test.
std::string expected_signature(const received_request& request, std::string_view secret,
                               const std::string& region, const std::string& signed_names) {
    std::string canonical = request.method + "\n" + request.target + "\n\n";
    for (std::size_t start = 0; start < signed_names.size();) {
        const std::size_t end = std::min(signed_names.find(';', start), signed_names.size());
        const std::string name = signed_names.substr(start, end - start);
        canonical += name + ":" + request.headers.at(name) + "\n";
        start = end + 1;
    }
    canonical += "\n" + signed_names + "\n" + sha256_hex(request.body);
    const std::string time = request.headers.at("x-amz-date");
    const std::string day = time.substr(0, 8);
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + time + "\n" + day + "/" + region +
                                "/sts/aws4_request\n" + sha256_hex(canonical);
    const std::string key =
        hmac(hmac(hmac(hmac("AWS4" + std::string(secret), day), region), "sts"), "aws4_request");
    return hex(hmac(key, to_sign));
}

class StsClient : public testing::Test {
protected:
    StsClient() { environment_.clear(); }

    [[nodiscard]] static client_settings settings_for(const http_server& server) {
        return {.region = "eu-west-1", .endpoints = {{aws_service::sts, server.url()}}};
    }
    [[nodiscard]] static sts_client client_for(const http_server& server) {
        return {settings_for(server), [] {
                    return test_time;
                }};
    }
    [[nodiscard]] credentials assume(const http_server& server) {
        return client_for(server).assume_role(
            base_keys, {.role_arn = role, .role_session_name = "s"}, pauses_.context());
    }
    template <class Error>
    [[nodiscard]] std::string failure_of(const http_server& server) {
        return thrown_message<Error>([&] { return assume(server); });
    }

    scoped_environment environment_;
    recording_context pauses_;
};

TEST_F(StsClient, AssumeRoleHasAValidSignature) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    const credentials keys = assume(server);
    EXPECT_EQ(keys.access_key_id, "ASIAROLE");
    EXPECT_EQ(keys.secret_access_key, "role/secret");
    EXPECT_EQ(keys.session_token, "role&session");
    EXPECT_EQ(keys.expiration, parse_utc_time("2026-01-02T03:19:05Z"));
    EXPECT_EQ(keys.account_id, "123456789012");

    ASSERT_EQ(server.requests().size(), 1U);
    const received_request request = server.requests()[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/");
    EXPECT_EQ(request.headers.at("content-type"),
              "application/x-www-form-urlencoded; charset=utf-8");
    EXPECT_EQ(request.headers.at("host"), "127.0.0.1:" + std::to_string(server.port()));
    EXPECT_EQ(request.headers.at("x-amz-date"), "20260102T030405Z");
    EXPECT_EQ(request.headers.at("x-amz-security-token"), base_keys.session_token);
    const std::string names = "content-type;host;x-amz-date;x-amz-security-token";
    EXPECT_EQ(request.headers.at("authorization"),
              "AWS4-HMAC-SHA256 Credential=ASIABASE/20260102/eu-west-1/sts/aws4_request, "
              "SignedHeaders=" +
                  names + ", Signature=" +
                  expected_signature(request, base_keys.secret_access_key, "eu-west-1", names));
    EXPECT_EQ(request.body,
              "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3A"
              "role%2Freader&RoleSessionName=s&DurationSeconds=900");
}

TEST_F(StsClient, LongTermKeysSendNoSessionToken) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    static_cast<void>(
        client_for(server).assume_role({.access_key_id = "AKIA", .secret_access_key = "secret"},
                                       {.role_arn = role}, pauses_.context()));
    EXPECT_FALSE(server.requests().at(0).headers.contains("x-amz-security-token"));
}

TEST_F(StsClient, EveryParameterIsSent) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    static_cast<void>(client_for(server).assume_role(base_keys,
                                                     {.role_arn = "r",
                                                      .role_session_name = "a=b",
                                                      .external_id = "x y&z",
                                                      .duration = 3600s,
                                                      .mfa_serial = "GAHT123",
                                                      .mfa_code = "123456",
                                                      .policy = "{\"a\":[]}",
                                                      .policy_arns = {"arn:1", "arn:2"},
                                                      .source_identity = "Zo\xc3\xab",
                                                      .tags = {{"k1", "v 1"}, {"k2", ""}},
                                                      .transitive_tag_keys = {"k1", "k2"}},
                                                     pauses_.context()));
    EXPECT_EQ(server.requests().at(0).body,
              "Action=AssumeRole&Version=2011-06-15&RoleArn=r&RoleSessionName=a%3Db"
              "&DurationSeconds=3600&ExternalId=x%20y%26z&SerialNumber=GAHT123&TokenCode=123456"
              "&SourceIdentity=Zo%C3%AB&Policy=%7B%22a%22%3A%5B%5D%7D"
              "&PolicyArns.member.1.arn=arn%3A1&PolicyArns.member.2.arn=arn%3A2"
              "&Tags.member.1.Key=k1&Tags.member.1.Value=v%201"
              "&Tags.member.2.Key=k2&Tags.member.2.Value="
              "&TransitiveTagKeys.member.1=k1&TransitiveTagKeys.member.2=k2");
}

TEST_F(StsClient, WebIdentityIsNotSigned) {
    const http_server server{{.body = sts_answer("AssumeRoleWithWebIdentity")}};
    const credentials keys = client_for(server).assume_role_with_web_identity(
        {.role_arn = "r", .role_session_name = "s", .token = "a.b-c_d\n"}, pauses_.context());
    EXPECT_EQ(keys.access_key_id, "ASIAROLE");
    const received_request request = server.requests().at(0);
    EXPECT_FALSE(request.headers.contains("authorization"));
    EXPECT_EQ(request.body,
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=r&RoleSessionName=s"
              "&WebIdentityToken=a.b-c_d%0A");
}

TEST_F(StsClient, WebIdentityAsksForADuration) {
    const http_server server{{.body = sts_answer("AssumeRoleWithWebIdentity")}};
    static_cast<void>(client_for(server).assume_role_with_web_identity(
        {.role_arn = "r", .role_session_name = "s", .token = "t", .duration = 900s},
        pauses_.context()));
    EXPECT_TRUE(server.requests().at(0).body.ends_with("&WebIdentityToken=t&DurationSeconds=900"));
}

TEST_F(StsClient, AMissingSessionNameIsGenerated) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    for (int i = 0; i < 2; ++i) {
        static_cast<void>(
            client_for(server).assume_role(base_keys, {.role_arn = "r"}, pauses_.context()));
    }
    std::vector<std::string> names;
    for (const received_request& request : server.requests()) {
        const std::size_t start = request.body.find("=dsql-cpp-") + 1;
        names.push_back(request.body.substr(start, request.body.find('&', start) - start));
        EXPECT_TRUE(names.back().starts_with("dsql-cpp-")) << request.body;
        EXPECT_LE(names.back().size(), 64U);
        EXPECT_EQ(names.back().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
                  std::string::npos)
            << names.back();
    }
    EXPECT_NE(names.at(0), names.at(1));
}

TEST_F(StsClient, WithoutARegionTheGlobalEndpointIsUsed) {
    // The proxy receives the request and shows where it would have gone.
    const http_server proxy{{.status = 403}};
    environment_.set("https_proxy", proxy.url());
    struct region_case {
        client_settings settings;
        const char* host;
    };
    for (const region_case& example : std::vector<region_case>{
             {{}, "sts.amazonaws.com:443"},
             {{.region = "aws-global"}, "sts.amazonaws.com:443"},
             {{.use_fips = true}, "sts-fips.us-east-1.amazonaws.com:443"},
             {{.region = "cn-north-1"}, "sts.cn-north-1.amazonaws.com.cn:443"}}) {
        client_settings settings = example.settings;
        settings.max_attempts = 1;
        const std::string message = thrown_message<credentials_error>([&] {
            return sts_client(settings).assume_role(base_keys, {.role_arn = "r"},
                                                    pauses_.context());
        });
        ASSERT_FALSE(proxy.requests().empty()) << message;
        EXPECT_EQ(proxy.requests().back().method, "CONNECT");
        EXPECT_EQ(proxy.requests().back().target, example.host);
    }
}

TEST_F(StsClient, WithoutARegionItIsSignedForUsEast1) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    client_settings settings = settings_for(server);
    settings.region.clear();
    static_cast<void>(
        sts_client(settings).assume_role(base_keys, {.role_arn = "r"}, pauses_.context()));
    EXPECT_NE(
        server.requests().at(0).headers.at("authorization").find("/us-east-1/sts/aws4_request"),
        std::string::npos);
}

struct retried_case {
    const char* name;
    canned_response first;
};

TEST_F(StsClient, TransientErrorsAreRetried) {
    for (const retried_case& example : std::vector<retried_case>{
             {"throttling", {.status = 400, .body = sts_error_answer("Throttling")}},
             {"throttling exception",
              {.status = 400, .body = sts_error_answer("ThrottlingException")}},
             {"limit", {.status = 400, .body = sts_error_answer("RequestLimitExceeded")}},
             {"too many", {.status = 400, .body = sts_error_answer("TooManyRequestsException")}},
             {"429", {.status = 429, .body = "slow down"}},
             {"500", {.status = 500}},
             {"503", {.status = 503, .body = "<html>unavailable</html>"}},
             {"provider", {.status = 400, .body = sts_error_answer("IDPCommunicationError")}},
             {"cut", {.cut = true}}}) {
        const http_server server{example.first, {.body = sts_answer("AssumeRole")}};
        pauses_.clear();
        EXPECT_EQ(assume(server).access_key_id, "ASIAROLE") << example.name;
        EXPECT_EQ(server.requests().size(), 2U) << example.name;
        EXPECT_EQ(pauses_.count(), 1U) << example.name;
    }
}

TEST_F(StsClient, AttemptsAreLimited) {
    const http_server server{{.status = 503, .body = sts_error_answer("ServiceUnavailable")}};
    const std::string message = failure_of<credentials_error>(server);
    EXPECT_EQ(server.requests().size(), 3U);
    EXPECT_NE(message.find("ServiceUnavailable"), std::string::npos) << message;
}

TEST_F(StsClient, ATimeoutIsRetriedAndThenReported) {
    const http_server silent{{.silent = true}};
    client_settings settings = settings_for(silent);
    settings.max_attempts = 2;
    const sts_client client(
        settings, [] { return test_time; }, 50ms);
    const std::string message = thrown_message<credentials_error>(
        [&] { return client.assume_role(base_keys, {.role_arn = role}, pauses_.context()); });
    EXPECT_EQ(pauses_.count(), 1U);
    EXPECT_NE(message.find("AssumeRole of \"" + role + "\" at " + silent.url()), std::string::npos)
        << message;
    EXPECT_NE(message.find("timed out"), std::string::npos) << message;
}

struct refused_case {
    const char* code;
    bool unrecoverable;
};

TEST_F(StsClient, RejectionsAreNotRetried) {
    for (const auto& [code, unrecoverable] :
         std::vector<refused_case>{{"AccessDenied", true},
                                   {"AccessDeniedException", true},
                                   {"IDPRejectedClaim", true},
                                   {"InvalidIdentityToken", true},
                                   {"MalformedPolicyDocument", true},
                                   {"PackedPolicyTooLarge", true},
                                   {"RegionDisabled", true},
                                   {"RegionDisabledException", true},
                                   {"ExpiredToken", false},
                                   {"ExpiredTokenException", false},
                                   {"ValidationError", false},
                                   {"SignatureDoesNotMatch", false}}) {
        for (const int status : {400, 403}) {
            const http_server server{
                {.status = status, .body = sts_error_answer(code, "not &amp; never")}};
            std::string message;
            bool was_unrecoverable = false;
            try {
                static_cast<void>(assume(server));
            } catch (const unrecoverable_credentials_error& failure) {
                was_unrecoverable = true;
                message = failure.what();
            } catch (const credentials_error& failure) {
                message = failure.what();
            }
            EXPECT_EQ(was_unrecoverable, unrecoverable) << code;
            EXPECT_TRUE(message.starts_with("AssumeRole of \"" + role + "\" at " + server.url() +
                                            "/: " + code + ": \"not & never\""))
                << message;
            EXPECT_EQ(server.requests().size(), 1U) << code;
        }
    }
    const http_server server{{.status = 503, .body = sts_error_answer("AccessDenied")}};
    EXPECT_NE(failure_of<unrecoverable_credentials_error>(server), "");
    EXPECT_EQ(server.requests().size(), 1U);
}

struct broken_case {
    canned_response answer;
    const char* expected;
};

TEST_F(StsClient, MalformedResponsesAreErrors) {
    const std::string good = sts_answer("AssumeRole");
    const std::size_t start = good.find("<Expiration>");
    std::string without_expiration = good;
    without_expiration.erase(start, good.find("</Expiration>") + 13 - start);
    for (const auto& [answer, expected] : std::vector<broken_case>{
             {{.body = ""}, "not XML"},
             {{.body = "hunter2"}, "not XML"},
             {{.body = good.substr(0, good.size() / 2)}, "not XML"},
             {{.body = "<AssumeRoleResponse/>"}, "no Credentials"},
             {{.body = without_expiration}, "no Expiration"},
             {{.body = good + std::string(70'000, ' ')}, "longer than 65536 bytes"},
             {{.status = 403, .body = "<html>hunter2</html>"}, "HTTP status 403"},
             {{.status = 302, .headers = {{"Location", "http://name.invalid"}}}, "HTTP status 302"},
             {{.status = 204}, "HTTP status 204"}}) {
        const http_server server{answer};
        const std::string message = failure_of<credentials_error>(server);
        EXPECT_NE(message.find(expected), std::string::npos) << message;
        EXPECT_TRUE(message.starts_with("AssumeRole of \"" + role + "\" at " + server.url()))
            << message;
        EXPECT_EQ(message.find("hunter"), std::string::npos) << message;
        EXPECT_EQ(message.find("role/secret"), std::string::npos) << message;
        EXPECT_EQ(server.requests().size(), 1U) << expected;
    }
}

TEST_F(StsClient, SecretsInResponsesAreNotShown) {
    const http_server server{
        {.status = 403,
         .body = sts_error_answer("SignatureDoesNotMatch",
                                  "The canonical string should have been\n'POST\n/\n\n"
                                  "x-amz-security-token:base/session+token==\n' and "
                                  "base/secret+key \x1b[31m")}};
    const std::string message = failure_of<credentials_error>(server);
    EXPECT_NE(message.find("x-amz-security-token:(redacted)"), std::string::npos) << message;
    EXPECT_EQ(message.find("base/"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_EQ(message.find('\x1b'), std::string::npos) << message;

    const http_server web{
        {.status = 400, .body = sts_error_answer("InvalidIdentityToken", "bad: eyJhbGci.x.y")}};
    const std::string expected = thrown_message<credentials_error>([&] {
        return client_for(web).assume_role_with_web_identity(
            {.role_arn = "r", .token = "eyJhbGci.x.y\n"}, pauses_.context());
    });
    EXPECT_NE(expected.find("bad: (redacted)"), std::string::npos) << expected;
    EXPECT_EQ(expected.find("eyJ"), std::string::npos) << expected;
}

struct clock_case {
    const char* code;
    const char* date;
    const char* expected;  ///< the expected hint about the clock; empty if there is none
};

// The local clock shows Fri, 02 Jan 2026 03:04:05.
TEST_F(StsClient, AWrongClockIsReported) {
    for (const auto& [code, date, expected] : std::vector<clock_case>{
             {"SignatureDoesNotMatch", "Fri, 02 Jan 2026 02:52:05 GMT", "12 minutes ahead of"},
             {"RequestExpired", "Fri, 02 Jan 2026 04:04:05 GMT", "60 minutes behind"},
             {"InvalidSignatureException", "Fri, 02 Jan 2026 03:10:05 GMT", "6 minutes behind"},
             {"ExpiredTokenException", "Thu, 01 Jan 2026 03:04:05 GMT", "1440 minutes ahead of"},
             {"SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:08:05 GMT", ""},
             {"SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:00:05 GMT", ""},
             {"SignatureDoesNotMatch", "yesterday", ""},
             {"SignatureDoesNotMatch", "", ""},
             {"ValidationError", "Fri, 02 Jan 2026 04:04:05 GMT", ""}}) {
        const http_server server{
            {.status = 403, .body = sts_error_answer(code), .headers = {{"Date", date}}}};
        const std::string message = failure_of<credentials_error>(server);
        EXPECT_NE(message.find(expected), std::string::npos) << message;
        EXPECT_EQ(message.find("clock") != std::string::npos, *expected != '\0') << message;
    }
}

// Responds like an STS whose clock is `ahead` of the local one, and which rejects signatures that
// are off by more than 5 minutes.
canned_response strict_answer(const received_request& request, std::chrono::seconds ahead,
                              const std::string& code) {
    const auto its_time = test_time + ahead;
    const std::time_t seconds = std::chrono::system_clock::to_time_t(its_time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char date[40];
    strftime(&date[0], sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    bool is_current = false;
    for (std::chrono::seconds off(-300); off <= 300s; ++off) {
        is_current =
            is_current || amz_date(its_time + off).time() == request.headers.at("x-amz-date");
    }
    return {.status = is_current ? 200 : 403,
            .body = is_current ? sts_answer("AssumeRole") : sts_error_answer(code),
            .headers = {{"Date", &date[0]}}};
}

TEST_F(StsClient, AWrongClockIsCorrectedOnceByTheServersDate) {
    for (const char* code : {"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture",
                             "SignatureDoesNotMatch", "InvalidSignatureException", "AuthFailure"}) {
        for (const std::chrono::seconds ahead :
             {-86'400s, -1'200s, -301s, -300s, 0s, 300s, 301s, 3'600s, 31'536'000s}) {
            const http_server server([&](const received_request& request) {
                return strict_answer(request, ahead, code);
            });
            EXPECT_EQ(assume(server).access_key_id, "ASIAROLE") << code << ahead.count();
            const bool is_off = std::chrono::abs(ahead) > 300s;
            ASSERT_EQ(server.requests().size(), is_off ? 2U : 1U) << code << ahead.count();
            const received_request last = server.requests().back();
            EXPECT_EQ(last.headers.at("x-amz-date"),
                      amz_date(test_time + (is_off ? ahead : 0s)).time());
            const std::string names = "content-type;host;x-amz-date;x-amz-security-token";
            EXPECT_NE(last.headers.at("authorization")
                          .find("Signature=" + expected_signature(last, base_keys.secret_access_key,
                                                                  "eu-west-1", names)),
                      std::string::npos);
        }
    }
}

TEST_F(StsClient, OtherErrorsAreNotSignedAgain) {
    struct rejection {
        const char* code;
        const char* date;
        std::size_t requests;
    };
    for (const auto& [code, date, requests] : std::vector<rejection>{
             // The local clock shows 03:04:05. The first rows have a small or no offset.
             {"SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:08:05 GMT", 1},
             {"SignatureDoesNotMatch", "Fri, 02 Jan 2026 03:08:06 GMT", 2},
             {"SignatureDoesNotMatch", "", 1},
             {"RequestExpired", "nonsense", 1},
             {"RequestExpired", "Fri, 02 Jan 2026 03:04:06 GMT", 2},
             {"ExpiredToken", "Fri, 02 Jan 2026 04:04:05 GMT", 1},
             {"AccessDenied", "Fri, 02 Jan 2026 04:04:05 GMT", 1},
             // A second rejection, after the correction of the clock, is not retried.
             {"RequestTimeTooSkewed", "Fri, 02 Jan 2026 04:04:05 GMT", 2}}) {
        const http_server server{
            {.status = 403, .body = sts_error_answer(code), .headers = {{"Date", date}}}};
        EXPECT_THROW(static_cast<void>(assume(server)), credentials_error) << code;
        EXPECT_EQ(server.requests().size(), requests) << code << date;
    }
}

TEST_F(StsClient, AMissingRoleSendsNoRequest) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    EXPECT_NE(thrown_message<unrecoverable_credentials_error>([&] {
                  return client_for(server).assume_role(base_keys, {}, pauses_.context());
              }).find("role_arn"),
              std::string::npos);
    EXPECT_NE(thrown_message<unrecoverable_credentials_error>([&] {
                  return client_for(server).assume_role_with_web_identity({.token = "t"},
                                                                          pauses_.context());
              }).find("AWS_ROLE_ARN"),
              std::string::npos);
    EXPECT_TRUE(server.requests().empty());
}

// The TLS library reads the bundle after the connection is up, so its error shows that the bundle
// is used.
TEST_F(StsClient, TheCertificateBundleIsUsed) {
    const loopback_server server([](int) {});
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
    client_settings settings{.region = "eu-west-1", .ca_bundle = "/nonexistent/bundle.pem"};
    settings.endpoints[aws_service::sts] = url;
    const std::string message = thrown_message<credentials_error>([&] {
        return sts_client(settings).assume_role(base_keys, {.role_arn = role}, pauses_.context());
    });
    EXPECT_NE(message.find(url), std::string::npos) << message;
    EXPECT_NE(message.find("/nonexistent/bundle.pem"), std::string::npos) << message;
    EXPECT_EQ(pauses_.count(), 0U);
}

TEST_F(StsClient, TheUserinfoOfAnEndpointIsNotShown) {
    client_settings settings{.region = "eu-west-1"};
    settings.endpoints[aws_service::sts] = "http://user:hunter2@127.0.0.1:1";
    settings.max_attempts = 1;
    const std::string message = thrown_message<credentials_error>([&] {
        return sts_client(settings).assume_role(base_keys, {.role_arn = role}, pauses_.context());
    });
    EXPECT_NE(message.find("http://127.0.0.1:1/"), std::string::npos) << message;
    EXPECT_EQ(message.find("hunter"), std::string::npos) << message;
}

TEST_F(StsClient, AMalformedEndpointIsNotShown) {
    for (const char* url :
         {"user:hunter2@sts.example", "https://user:hun/ter2@127.0.0.1", "https://hunter2 here/",
          "http://user:hunter2@[/", "hunter2", "://hunter2", "https://", "http://user:1/hunter2@h",
          "http:hunter2", "ftp://user:hunter2@h/"}) {
        client_settings settings{.region = "eu-west-1"};
        settings.endpoints[aws_service::sts] = url;
        settings.max_attempts = 1;
        const std::string message = thrown_message<credentials_error>([&] {
            return sts_client(settings).assume_role(base_keys, {.role_arn = role},
                                                    pauses_.context());
        });
        EXPECT_EQ(message.find("hun"), std::string::npos) << message;
        EXPECT_EQ(message.find("ter2"), std::string::npos) << message;
    }
}

TEST_F(StsClient, AStopEndsTheAttempts) {
    const http_server server{{.status = 503}};
    std::stop_source stop;
    fetch_context context = pauses_.context();
    context.stop = stop.get_token();
    context.pause = [&stop](std::chrono::milliseconds, const std::stop_token&) {
        stop.request_stop();
    };
    EXPECT_NE(thrown_message<credentials_error>([&] {
                  return client_for(server).assume_role(base_keys, {.role_arn = role}, context);
              }),
              "");
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(StsClient, TheSourceFetchesItsBaseEveryTime) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    int asked = 0;
    assume_role_source source(
        [&asked](const fetch_context&) {
            ++asked;
            return credentials{.access_key_id = "BASE" + std::to_string(asked),
                               .secret_access_key = "s",
                               .session_token = "TOKEN" + std::to_string(asked)};
        },
        {.role_arn = role}, settings_for(server));
    const fetched_credentials fetched = source.fetch(pauses_.context());
    EXPECT_EQ(fetched.keys.access_key_id, "ASIAROLE");
    EXPECT_EQ(fetched.kept, reuse::until_expiration);
    static_cast<void>(source.fetch(pauses_.context()));
    EXPECT_NE(server.requests().at(1).headers.at("authorization").find("Credential=BASE2/"),
              std::string::npos);
    EXPECT_EQ(server.requests().at(1).headers.at("x-amz-security-token"), "TOKEN2");
}

TEST_F(StsClient, AnErrorOfTheBaseReachesTheCaller) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    assume_role_source source(
        [](const fetch_context&) -> credentials { throw credentials_error("no base"); },
        {.role_arn = role}, settings_for(server));
    EXPECT_EQ(
        thrown_message<credentials_error>([&] { return source.fetch(pauses_.context()).keys; }),
        "no base");
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(StsClient, TheMfaCodeIsRequestedAtEachFetch) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    std::vector<std::string> serials;
    assume_role_source source([](const fetch_context&) { return base_keys; },
                              {.role_arn = role, .mfa_serial = "GAHT1"}, settings_for(server),
                              [&serials](const std::string& serial) {
                                  serials.push_back(serial);
                                  return "00000" + std::to_string(serials.size());
                              });
    static_cast<void>(source.fetch(pauses_.context()));
    static_cast<void>(source.fetch(pauses_.context()));
    EXPECT_EQ(serials, (std::vector<std::string>{"GAHT1", "GAHT1"}));
    EXPECT_NE(server.requests().at(0).body.find("&SerialNumber=GAHT1&TokenCode=000001"),
              std::string::npos);
    EXPECT_NE(server.requests().at(1).body.find("&TokenCode=000002"), std::string::npos);
}

TEST_F(StsClient, TheMfaCodeIsNotShown) {
    const http_server server{
        {.status = 400, .body = sts_error_answer("ValidationError", "'987654' at 'tokenCode'")}};
    assume_role_source source([](const fetch_context&) { return base_keys; },
                              {.role_arn = role, .mfa_serial = "GAHT1"}, settings_for(server),
                              [](const std::string&) { return "987654"; });
    const std::string message =
        thrown_message<credentials_error>([&] { return source.fetch(pauses_.context()).keys; });
    EXPECT_NE(message.find("at 'tokenCode'"), std::string::npos) << message;
    EXPECT_EQ(message.find("987654"), std::string::npos) << message;
}

TEST_F(StsClient, WithoutAnMfaCodeNothingIsSent) {
    const http_server server{{.body = sts_answer("AssumeRole")}};
    const auto failure_with = [&](dsql::mfa_code_function mfa_code) {
        assume_role_source source([](const fetch_context&) { return base_keys; },
                                  {.role_arn = role, .mfa_serial = "arn:aws:iam::1:mfa/me"},
                                  settings_for(server), std::move(mfa_code));
        return thrown_message<unrecoverable_credentials_error>(
            [&] { return source.fetch(pauses_.context()).keys; });
    };
    for (const char* part : {role.c_str(), "arn:aws:iam::1:mfa/me", "config.mfa_code",
                             "assume_role_options.mfa_code"}) {
        const std::string message = failure_with({});
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }
    const std::string message = failure_with([](const std::string&) { return ""; });
    EXPECT_NE(message.find("returned none"), std::string::npos) << message;
    EXPECT_TRUE(server.requests().empty());
}

}  // namespace sts_client_test
