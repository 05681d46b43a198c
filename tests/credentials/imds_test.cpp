// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "aws/providers/metadata/imds_source.hpp"
#include "base/utc_time.hpp"
#include "support/http_server.hpp"
#include "support/recording_context.hpp"
#include "support/scoped_environment.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace imds_test {

using namespace dsql::aws;
using namespace dsql::detail;
using namespace std::chrono_literals;

const std::string token_target = "PUT /latest/api/token";
const std::string list_target = "GET /latest/meta-data/iam/security-credentials/";
const std::string role_target = list_target + "role";
const std::string good_body = R"({"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z",
    "AccessKeyId":"AK","SecretAccessKey":"hunter2","Token":"T",
    "Expiration":"2020-01-02T03:04:05Z"})";

// A metadata service. It returns the responses of each request line in order, and repeats the last
// one. It returns 404 for other request lines.
class metadata_service {
public:
    using script = std::map<std::string, std::vector<canned_response>>;

    explicit metadata_service(script changes = {})
        : script_{{token_target, {{.body = "token-1"}, {.body = "token-2"}}},
                  {list_target, {{.body = "role"}}},
                  {role_target, {{.body = good_body}}}} {
        for (auto& [line, answers] : changes) {
            script_[line] = answers;
        }
    }

    [[nodiscard]] std::string url() const { return server_.url(); }
    [[nodiscard]] std::vector<received_request> requests() const { return server_.requests(); }
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> lines;
        for (const received_request& request : server_.requests()) {
            lines.push_back(request.method + " " + request.target);
        }
        return lines;
    }

private:
    canned_response answer(const received_request& request) {
        const std::string line = request.method + " " + request.target;
        const auto found = script_.find(line);
        if (found == script_.end()) {
            return {.status = 404};
        }
        const std::size_t index = std::min(asked_[line]++, found->second.size() - 1);
        return found->second[index];
    }

    script script_;
    std::map<std::string, std::size_t> asked_;
    http_server server_{[this](const received_request& request) {
        return answer(request);
    }};
};

using lines = std::vector<std::string>;

class Imds : public testing::Test {
protected:
    Imds() { environment_.clear(); }

    [[nodiscard]] fetched_credentials fetch(const metadata_service& service) {
        environment_.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url());
        imds_settings patient = settings();
        patient.timeout = std::max(patient.timeout, patience_);
        return imds_source(patient).fetch(context_.context());
    }
    [[nodiscard]] std::string failure(const metadata_service& service) {
        return thrown_message<dsql::credentials_error>([&] { return fetch(service); });
    }
    [[nodiscard]] imds_settings settings() const { return read_imds_settings(files_, "p"); }

    // The timeout is long, because a machine under load may exceed the default.
    std::chrono::milliseconds patience_{30'000};
    scoped_environment environment_;
    shared_files files_;
    recording_context context_;
};

TEST_F(Imds, RequestsATokenARoleAndItsCredentials) {
    const metadata_service service;
    const fetched_credentials fetched = fetch(service);
    EXPECT_EQ(fetched.keys.access_key_id, "AK");
    EXPECT_EQ(fetched.keys.secret_access_key, "hunter2");
    EXPECT_EQ(fetched.keys.session_token, "T");
    // The expiration is in the past. The cache, not the source, decides whether to use such
    // credentials.
    EXPECT_EQ(format_utc_time(fetched.keys.expiration.value()), "2020-01-02T03:04:05Z");
    EXPECT_EQ(fetched.kept, reuse::until_expiration);
    EXPECT_EQ(service.lines(), (lines{token_target, list_target, role_target}));
    const auto requests = service.requests();
    EXPECT_EQ(requests.at(0).headers.at("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
    EXPECT_EQ(requests.at(0).body, "");
    EXPECT_EQ(requests.at(1).headers.at("x-aws-ec2-metadata-token"), "token-1");
    EXPECT_EQ(requests.at(2).headers.at("x-aws-ec2-metadata-token"), "token-1");
    for (const received_request& request : requests) {
        EXPECT_EQ(request.headers.count("x-forwarded-for"), 0U);
    }
}

TEST_F(Imds, TheTokenIsCachedAndTheRoleIsNot) {
    const metadata_service service({{list_target, {{.body = "role"}, {.body = "other"}}},
                                    {list_target + "other", {{.body = good_body}}}});
    imds_source source(imds_settings{.endpoint = service.url(), .timeout = patience_});
    static_cast<void>(source.fetch(context_.context()));
    static_cast<void>(source.fetch(context_.context()));
    EXPECT_EQ(service.lines(),
              (lines{token_target, list_target, role_target, list_target, list_target + "other"}));
}

TEST_F(Imds, ATokenNearItsEndIsReplaced) {
    const char* const life = "x-aws-ec2-metadata-token-ttl-seconds";
    const std::pair<const char*, const char*> cases[] = {
        {"21600", "token-1"}, {"3600", "token-1"},
        {"120", "token-2"},   {"0", "token-2"},
        {"-5", "token-2"},    {"nonsense", "token-1"},
        {"", "token-1"},      {"99999999999999", "token-1"}};
    for (const auto& [seconds, expected] : cases) {
        const metadata_service service(
            {{token_target,
              {{.body = "token-1", .headers = {{life, seconds}}}, {.body = "token-2"}}}});
        imds_source source(imds_settings{.endpoint = service.url(), .timeout = patience_});
        static_cast<void>(source.fetch(context_.context()));
        EXPECT_EQ(service.requests().back().headers.at("x-aws-ec2-metadata-token"), expected)
            << seconds;
    }
}

TEST_F(Imds, ARevokedTokenIsReplacedOnce) {
    const metadata_service service({{role_target, {{.status = 401}, {.body = good_body}}}});
    EXPECT_EQ(fetch(service).keys.access_key_id, "AK");
    EXPECT_EQ(service.lines(),
              (lines{token_target, list_target, role_target, token_target, role_target}));
    EXPECT_EQ(service.requests().back().headers.at("x-aws-ec2-metadata-token"), "token-2");
    const metadata_service stubborn({{list_target, {{.status = 401}}}});
    EXPECT_NE(failure(stubborn).find("answered with status 401"), std::string::npos);
    EXPECT_EQ(stubborn.lines(), (lines{token_target, list_target, token_target, list_target}));
}

TEST_F(Imds, UsesVersion1WithoutVersion2) {
    for (const int status : {403, 404, 405}) {
        const metadata_service service({{token_target, {{.status = status}}}});
        EXPECT_EQ(fetch(service).keys.access_key_id, "AK");
        EXPECT_EQ(service.lines(), (lines{token_target, list_target, role_target}));
        EXPECT_EQ(service.requests().at(2).headers.count("x-aws-ec2-metadata-token"), 0U);
    }
    const metadata_service refusing(
        {{token_target, {{.status = 403}}}, {list_target, {{.status = 401}}}});
    EXPECT_NE(failure(refusing).find("answered with status 401"), std::string::npos);
    EXPECT_EQ(refusing.lines(), (lines{token_target, list_target}));
}

TEST_F(Imds, AnErrorOfVersion1HasTheReasonForItsUse) {
    const std::string told =
        "IMDSv1 was asked because the request for a session token of IMDSv2 (/latest/api/token) "
        "was "
        "answered with status ";
    for (const int status : {403, 404, 405}) {
        for (const metadata_service::script& broken :
             {metadata_service::script{{list_target, {{.status = 401}}}},
              metadata_service::script{{list_target, {{.status = 404}}}},
              metadata_service::script{{role_target, {{.status = 500}}}},
              metadata_service::script{{role_target, {{.body = "{}"}}}},
              metadata_service::script{{role_target, {{.cut = true}}}}}) {
            metadata_service::script changes = broken;
            changes[token_target] = {{.status = status}};
            const metadata_service service(changes);
            const std::string message = failure(service);
            EXPECT_NE(message.find(told + std::to_string(status)), std::string::npos) << message;
        }
    }
    const metadata_service modern({{list_target, {{.status = 500}}}});
    EXPECT_EQ(failure(modern).find("IMDSv1"), std::string::npos) << failure(modern);
}

TEST_F(Imds, DoesNotUseADisabledVersion1) {
    const metadata_service service({{token_target, {{.status = 404}}}});
    environment_.set("AWS_EC2_METADATA_V1_DISABLED", "True");
    const std::string message = failure(service);
    EXPECT_NE(message.find("status 404, and IMDSv1 is disabled (AWS_EC2_METADATA_V1_DISABLED"),
              std::string::npos)
        << message;
    environment_.unset("AWS_EC2_METADATA_V1_DISABLED");
    files_.profiles["p"]["ec2_metadata_v1_disabled"] = "true";
    EXPECT_EQ(failure(service), message);
    EXPECT_EQ(service.lines(), (lines{token_target, token_target}));
    environment_.set("AWS_EC2_METADATA_V1_DISABLED", "false");
    EXPECT_EQ(fetch(service).keys.access_key_id, "AK");
}

TEST_F(Imds, OtherTokenErrorsAreFinal) {
    for (const int status : {302, 400, 401, 418}) {
        const metadata_service service({{token_target, {{.status = status, .body = "hunter2"}}}});
        EXPECT_EQ(failure(service),
                  "/latest/api/token was answered with status " + std::to_string(status));
        EXPECT_EQ(service.lines(), lines{token_target});
    }
}

TEST_F(Imds, AnUnusableTokenIsAnError) {
    for (const char* token : {"", " ", "a\nb", "a\r\nX-Evil: 1", "a b", "\x7f", "\xff"}) {
        const metadata_service service({{token_target, {{.body = token}}}});
        EXPECT_NE(failure(service).find("no token"), std::string::npos) << token;
        EXPECT_EQ(service.lines(), lines{token_target});
    }
}

TEST_F(Imds, ATokenTimeoutIsFinalAndExplained) {
    const metadata_service service({{token_target, {{.silent = true}}}});
    patience_ = 50ms;
    environment_.set("AWS_METADATA_SERVICE_TIMEOUT", "0.05");
    environment_.set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "5");
    const std::string message = failure(service);
    EXPECT_NE(message.find("http-put-response-hop-limit"), std::string::npos) << message;
    EXPECT_NE(message.find(service.url()), std::string::npos) << message;
    EXPECT_EQ(service.lines(), lines{token_target});
    EXPECT_TRUE(context_.pauses().empty());
}

TEST_F(Imds, TransientErrorsAreRetried) {
    for (const std::string& line : {token_target, list_target, role_target}) {
        for (const canned_response& fault :
             {canned_response{.status = 500}, canned_response{.status = 503},
              canned_response{.status = 429}, canned_response{.cut = true}}) {
            const canned_response good{.body = line == token_target  ? "token"
                                               : line == list_target ? "role"
                                                                     : good_body};
            const metadata_service mended({{line, {fault, fault, good}}});
            EXPECT_EQ(fetch(mended).keys.access_key_id, "AK");
            EXPECT_EQ(mended.lines().size(), 5U);
            const metadata_service broken({{line, {fault}}});
            EXPECT_NE(failure(broken), "");
            EXPECT_EQ(broken.lines().back(), line);
        }
    }
    for (const auto pause : context_.pauses()) {
        EXPECT_LE(pause, 1s);
    }
    EXPECT_EQ(context_.pauses().size(), 3U * 4 * 4);
}

TEST_F(Imds, AttemptsCanBeSetAndDelaysAreShort) {
    const metadata_service service({{token_target, {{.status = 429}}}});
    environment_.set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "12");
    EXPECT_NE(failure(service), "");
    EXPECT_EQ(service.lines().size(), 12U);
    for (const auto pause : context_.pauses()) {
        EXPECT_LE(pause, 1s);
    }
}

struct role_list {
    canned_response answer;
    const char* role;     // "" if there is none
    const char* message;  // the error if there is no role
};

TEST_F(Imds, TheFirstLineIsTheRole) {
    const role_list cases[] = {
        {{.body = " \n role \r\nother\n"}, "role", ""},
        {{.body = "My+role=1,2.3@4_5-6"}, "My+role=1,2.3@4_5-6", ""},
        {{.status = 404, .body = "role"}, "", "no IAM role is attached to this instance"},
        {{.body = ""}, "", "no IAM role is attached to this instance"},
        {{.body = "\n \n"}, "", "no IAM role is attached to this instance"},
        {{.body = "../../../user-data"}, "", "no name of a role"},
        {{.body = "a/b"}, "", "no name of a role"},
        {{.body = "a?b"}, "", "no name of a role"},
        {{.body = "a#b"}, "", "no name of a role"},
        {{.body = "a%2fb"}, "", "no name of a role"},
        {{.body = "a\x01"
                  "b"},
         "",
         "no name of a role"},
        {{.body = "a\tb"}, "", "no name of a role"},
        {{.body = "."}, "", "no name of a role"},
        {{.body = ".."}, "", "no name of a role"},
        {{.body = "<html>"}, "", "no name of a role"},
        {{.status = 403}, "", "security-credentials/ was answered with status 403"},
        {{.status = 301, .headers = {{"Location", "/elsewhere"}}}, "", "with status 301"},
    };
    for (const role_list& list : cases) {
        SCOPED_TRACE(list.answer.body + list.message);
        const std::string target = list_target + list.role;
        if (*list.role != '\0') {
            const metadata_service named(
                {{list_target, {list.answer}}, {target, {{.body = good_body}}}});
            EXPECT_EQ(fetch(named).keys.access_key_id, "AK");
        } else {
            const metadata_service unnamed({{list_target, {list.answer}}});
            EXPECT_NE(failure(unnamed).find(list.message), std::string::npos) << failure(unnamed);
        }
    }
}

TEST_F(Imds, InvalidCredentialsAreErrors) {
    const std::pair<canned_response, std::string> cases[] = {
        {{.status = 404},
         "/latest/meta-data/iam/security-credentials/role was answered with "
         "status 404"},
        {{.body =
              R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2\ncannot","Token":"hunter2"})"},
         R"(the answer for role "role" cannot be used: no success, code )"
         R"("AssumeRoleUnauthorizedAccess", message "EC2?cannot")"},
        {{.body = R"({"code":"Failed"})"},
         R"(the answer for role "role" cannot be used: no success, code "Failed")"},
        {{.body = "hunter2"}, R"(the answer for role "role" cannot be used: not a JSON object)"},
        {{.body = R"({"Code":"Success","AccessKeyId":"hunter2"})"},
         R"(the answer for role "role" cannot be used: SecretAccessKey is missing or empty)"},
        {{.body =
              R"({"Code":"Success","AccessKeyId":"A","SecretAccessKey":"hunter2","Token":"T"})"},
         R"(the answer for role "role" cannot be used: Expiration is missing)"},
    };
    for (const auto& [answer, message] : cases) {
        const metadata_service service({{role_target, {answer}}});
        EXPECT_EQ(failure(service), message);
    }
    const metadata_service long_winded({{role_target, {{.body = std::string(65'537, ' ')}}}});
    EXPECT_NE(failure(long_winded).find("longer than 65536 bytes"), std::string::npos);
}

TEST_F(Imds, SuccessIsCaseInsensitiveAndOptional) {
    for (const char* code : {R"("Code":"success",)", R"("Code":"SUCCESS",)", ""}) {
        const metadata_service service(
            {{role_target,
              {{.body = std::string("{") + code +
                        R"("AccessKeyId":"AK","SecretAccessKey":"S","Token":"T",
                          "Expiration":"2026-01-02T03:04:05Z"})"}}}});
        EXPECT_EQ(fetch(service).keys.access_key_id, "AK");
    }
}

TEST_F(Imds, DisabledItIsNotRequested) {
    const metadata_service service;
    environment_.set("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "nonsense");
    for (const char* value : {"true", "TRUE", "True", " true "}) {
        environment_.set("AWS_EC2_METADATA_DISABLED", value);
        EXPECT_EQ(failure(service), "turned off by AWS_EC2_METADATA_DISABLED");
    }
    EXPECT_TRUE(service.lines().empty());
    for (const char* value : {"false", "", "1", "yes"}) {
        environment_.set("AWS_EC2_METADATA_DISABLED", value);
        EXPECT_EQ(fetch(service).keys.access_key_id, "AK");
    }
}

TEST_F(Imds, NeitherProxyNorRedirectIsUsed) {
    const http_server other{{.body = "role"}};
    for (const char* variable : {"http_proxy", "all_proxy", "ALL_PROXY"}) {
        environment_.set(variable, other.url());
    }
    const metadata_service service;
    EXPECT_EQ(fetch(service).keys.access_key_id, "AK");
    const metadata_service leading(
        {{list_target, {{.status = 302, .headers = {{"Location", other.url()}}}}}});
    EXPECT_NE(failure(leading).find("status 302"), std::string::npos);
    EXPECT_TRUE(other.requests().empty());
}

TEST_F(Imds, AStopEndsTheFetch) {
    const metadata_service service({{token_target, {{.silent = true}}}});
    std::stop_source stop;
    stop.request_stop();
    imds_source source(imds_settings{.endpoint = service.url(), .timeout = patience_});
    EXPECT_NE(thrown_message<dsql::credentials_error>([&] {
                  return source.fetch(context_.context(stop.get_token()));
              }).find("stopped"),
              std::string::npos);
}

TEST_F(Imds, NoListenerIsAnError) {
    environment_.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1/");
    imds_source source(files_, "p");
    EXPECT_TRUE(thrown_message<dsql::credentials_error>([&] {
                    return source.fetch(context_.context());
                }).starts_with("no session token: http://127.0.0.1:1: "));
    EXPECT_EQ(context_.pauses().size(), 2U);
}

TEST_F(Imds, EnvironmentSettingsOverrideTheProfile) {
    EXPECT_EQ(settings().endpoint, "http://169.254.169.254");
    EXPECT_EQ(settings().timeout, 1s);
    EXPECT_EQ(settings().max_attempts, 3);
    EXPECT_FALSE(settings().is_v1_disabled);
    const std::array<std::tuple<const char*, const char*, const char*>, 6> endpoints = {{
        // Each row overrides the rows above it.
        {"", "ec2_metadata_service_endpoint_mode", "ipv6"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "", "IPV4"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "", "IPv6"},
        {"", "ec2_metadata_service_endpoint", "http://profile:81//"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "", "https://env/"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "", "http://[fd00:ec2::254]/"},
    }};
    lines found;
    for (const auto& [variable, key, value] : endpoints) {
        if (*variable != '\0') {
            environment_.set(variable, value);
        } else {
            files_.profiles["p"][key] = value;
        }
        found.push_back(settings().endpoint);
    }
    EXPECT_EQ(found,
              (lines{"http://[fd00:ec2::254]", "http://169.254.169.254", "http://[fd00:ec2::254]",
                     "http://profile:81", "https://env", "http://[fd00:ec2::254]"}));
}

TEST_F(Imds, EnvironmentLimitsOverrideTheProfile) {
    files_.profiles["p"]["metadata_service_timeout"] = "2";
    files_.profiles["p"]["metadata_service_num_attempts"] = "4";
    EXPECT_EQ(settings().timeout, 2s);
    EXPECT_EQ(settings().max_attempts, 4);
    environment_.set("AWS_METADATA_SERVICE_TIMEOUT", "0.0001");
    environment_.set("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1");
    EXPECT_EQ(settings().timeout, 1ms);
    EXPECT_EQ(settings().max_attempts, 1);
}

TEST_F(Imds, AnInvalidSettingIsNamed) {
    struct bad_setting {
        const char* variable;
        const char* key;
        const char* value;
    };
    const char* const endpoint[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT",
                                    "ec2_metadata_service_endpoint"};
    const char* const mode[] = {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                "ec2_metadata_service_endpoint_mode"};
    const char* const timeout[] = {"AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout"};
    const char* const attempts[] = {"AWS_METADATA_SERVICE_NUM_ATTEMPTS",
                                    "metadata_service_num_attempts"};
    const char* const v1[] = {"AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"};
    const bad_setting cases[] = {
        {endpoint[0], endpoint[1], "169.254.169.254"},
        {endpoint[0], endpoint[1], "ftp://host"},
        {endpoint[0], endpoint[1], "http://"},
        {endpoint[0], endpoint[1], "http://host/?a=b"},
        {endpoint[0], endpoint[1], "http://user@host"},
        {endpoint[0], endpoint[1], "http://bad host"},
        {mode[0], mode[1], "IPv5"},
        {mode[0], mode[1], "dualstack"},
        {timeout[0], timeout[1], "0"},
        {timeout[0], timeout[1], "-1"},
        {timeout[0], timeout[1], "1s"},
        {timeout[0], timeout[1], "nan"},
        {timeout[0], timeout[1], "inf"},
        {timeout[0], timeout[1], "3601"},
        {attempts[0], attempts[1], "0"},
        {attempts[0], attempts[1], "2.5"},
        {attempts[0], attempts[1], "99999999999"},
        {v1[0], v1[1], "yes"},
    };
    for (const bad_setting& bad : cases) {
        const auto message = [this] {
            return thrown_message<dsql::credentials_error>([this] { return settings(); });
        };
        environment_.set(bad.variable, bad.value);
        EXPECT_TRUE(message().starts_with(std::string(bad.variable) + " is ")) << message();
        environment_.unset(bad.variable);
        files_.profiles["p"] = {{bad.key, bad.value}};
        EXPECT_TRUE(message().starts_with(std::string(bad.key) + " of profile \"p\" is "))
            << message();
        files_.profiles["p"].clear();
    }
}

}  // namespace imds_test
