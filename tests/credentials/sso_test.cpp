// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/sso_source.hpp"
#include "base/digest.hpp"
#include "base/utc_time.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/thrown_message.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace sso_test {

using namespace dsql::aws;
using namespace dsql::detail;
using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::system_clock;

constexpr system_clock::time_point start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
constexpr const char* start_url = "https://d-123.awsapps.com/start";
constexpr const char* role_answer =
    R"({"roleCredentials": {"accessKeyId": "ASIA", "secretAccessKey": "secret",
        "sessionToken": "token", "expiration": 1767315600000}})";
constexpr const char* token_answer =
    R"({"accessToken": "fresh-token", "expiresIn": 28800, "refreshToken": "refresh-2",
        "tokenType": "Bearer"})";

// The secrets that no message may contain.
constexpr const char* secrets[] = {"cached-token", "fresh-token", "client-secret", "refresh-1",
                                   "refresh-2",    "secret\"",    "hunter2"};

class Sso : public testing::Test {
protected:
    Sso() {
        environment_.clear();
        environment_.set("HOME", home_.path().string());
    }

    [[nodiscard]] std::string path(const std::string& name) const {
        return home_ / (".aws/sso/cache/" + sha1_hex(name) + ".json");
    }

    // A token file of the session "dev" whose token is valid for another `life`.
    [[nodiscard]] static json token_file(system_clock::duration life) {
        return {
            {"accessToken", "cached-token"},   {"expiresAt", format_utc_time(start + life)},
            {"clientId", "client-id"},         {"clientSecret", "client-secret"},
            {"refreshToken", "refresh-1"},     {"registrationExpiresAt", "2026-03-01T00:00:00Z"},
            {"region", "eu-west-1"},           {"startUrl", start_url},
            {"scopes", {"sso:account:access"}}};
    }

    void write(const json& content, const std::string& name = "dev") const {
        write_whole_file(path(name), content.dump());
    }
    [[nodiscard]] json read(const std::string& name = "dev") const {
        return json::parse(read_whole_file(path(name)));
    }

    [[nodiscard]] static sso_settings session() {
        return {.session_name = "dev",
                .start_url = start_url,
                .region = "eu-west-1",
                .account_id = "123456789012",
                .role_name = "Read Only/+",
                .profile = "work",
                .request_timeout = 5s};
    }
    [[nodiscard]] static sso_settings legacy() {
        sso_settings settings = session();
        settings.session_name.clear();
        return settings;
    }

    [[nodiscard]] static client_settings client_of(const http_server& portal,
                                                   const http_server& oidc) {
        return {
            .region = "us-east-1",
            .endpoints = {{aws_service::sso, portal.url()}, {aws_service::sso_oidc, oidc.url()}}};
    }

    [[nodiscard]] sso_source source(const sso_settings& settings, const http_server& portal,
                                    const http_server& oidc) const {
        return sso_source(settings, client_of(portal, oidc), [this] { return now_; });
    }

    [[nodiscard]] dsql::credentials fetch(sso_source& from) {
        return from
            .fetch({.pause =
                        [this](std::chrono::milliseconds time, const std::stop_token&) {
                            pauses_.push_back(time);
                        }})
            .keys;
    }

    // Returns the message of a failed fetch, and expects that it contains no secret.
    template <class Error>
    [[nodiscard]] std::string failure(sso_source& from) {
        std::string message = thrown_message<Error>([&] { return fetch(from); });
        for (const char* secret : secrets) {
            EXPECT_EQ(message.find(secret), std::string::npos) << message;
        }
        return message;
    }

    scoped_environment environment_;
    temporary_directory home_;
    system_clock::time_point now_ = start;
    std::vector<std::chrono::milliseconds> pauses_;
    const http_server no_oidc_{{.status = 500}};
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(Sso, AValidTokenReturnsTheCredentialsOfTheRole) {
    const struct {
        sso_settings settings;
        std::string file;
    } cases[] = {{session(), "dev"}, {legacy(), start_url}};
    for (const auto& [settings, file] : cases) {
        write(token_file(6min), file);
        const http_server portal{{.body = role_answer}};
        sso_source sso = source(settings, portal, no_oidc_);
        const fetched_credentials found = sso.fetch({});
        EXPECT_EQ(found.keys.access_key_id, "ASIA");
        EXPECT_EQ(found.keys.secret_access_key, "secret");
        EXPECT_EQ(found.keys.session_token, "token");
        EXPECT_EQ(found.keys.account_id, settings.account_id);
        EXPECT_EQ(found.keys.expiration, start + 1h);
        EXPECT_EQ(found.kept, reuse::until_expiration);
        ASSERT_EQ(portal.requests().size(), 1U);
        const received_request request = portal.requests()[0];
        EXPECT_EQ(request.method, "GET");
        EXPECT_EQ(request.target,
                  "/federation/credentials?role_name=Read%20Only%2F%2B&account_id=123456789012");
        EXPECT_EQ(request.headers.at("x-amz-sso_bearer_token"), "cached-token");
        EXPECT_FALSE(request.headers.contains("authorization"));
        EXPECT_TRUE(no_oidc_.requests().empty());
    }
}

TEST_F(Sso, TimestampsOfOldCliVersionsAreParsed) {
    json file = token_file(1h);
    file["expiresAt"] = "2026-01-02T01:00:00UTC";
    write(file);
    const http_server portal{{.body = role_answer}};
    sso_source sso = source(session(), portal, no_oidc_);
    EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
}

TEST_F(Sso, TheFileIsReadEachTime) {
    const http_server portal{{.body = role_answer}};
    sso_source sso = source(session(), portal, no_oidc_);
    EXPECT_NE(failure<unrecoverable_credentials_error>(sso), "");
    json file = token_file(1h);
    for (const char* token : {"one", "two"}) {
        file["accessToken"] = token;
        write(file);
        EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
        EXPECT_EQ(portal.requests().back().headers.at("x-amz-sso_bearer_token"), token);
    }
}

TEST_F(Sso, AnUnusableFileIsAnErrorWithARemedy) {
    const struct {
        std::string content;
        std::string said;
    } cases[] = {
        {"hunter2", "is not a JSON object"},
        {R"({"expiresAt": "2027-01-01T00:00:00Z"})", "accessToken is missing or malformed"},
        {R"({"accessToken": 5, "expiresAt": "2027-01-01T00:00:00Z"})", "accessToken is missing"},
        {R"({"accessToken": "hunter2"})", "expiresAt is missing or malformed"},
        {R"({"accessToken": "hunter2", "expiresAt": "soon"})", "expiresAt is missing"},
    };
    const http_server portal{{.body = role_answer}};
    sso_source sso = source(session(), portal, no_oidc_);
    const std::string missing = failure<unrecoverable_credentials_error>(sso);
    EXPECT_TRUE(holds(missing, "cannot read \"" + path("dev"))) << missing;
    EXPECT_TRUE(holds(missing, "run `aws sso login --profile work`")) << missing;
    for (const auto& [content, said] : cases) {
        write_whole_file(path("dev"), content);
        const std::string message = failure<unrecoverable_credentials_error>(sso);
        EXPECT_TRUE(holds(message, path("dev"))) << message;
        EXPECT_TRUE(holds(message, said)) << message;
        EXPECT_TRUE(holds(message, "run `aws sso login --profile work`")) << message;
    }
    EXPECT_TRUE(portal.requests().empty());
}

TEST_F(Sso, AnExpiringTokenIsRefreshedAndWrittenBack) {
    for (const system_clock::duration life :
         {system_clock::duration(5min), system_clock::duration(1s), system_clock::duration(-1h)}) {
        write(token_file(life));
        const http_server portal{{.body = role_answer}};
        const http_server oidc{{.body = token_answer}};
        sso_source sso = source(session(), portal, oidc);
        EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
        ASSERT_EQ(oidc.requests().size(), 1U);
        const received_request request = oidc.requests()[0];
        EXPECT_EQ(request.method, "POST");
        EXPECT_EQ(request.target, "/token");
        EXPECT_EQ(request.headers.at("content-type"), "application/json");
        EXPECT_EQ(json::parse(request.body), (json{{"clientId", "client-id"},
                                                   {"clientSecret", "client-secret"},
                                                   {"grantType", "refresh_token"},
                                                   {"refreshToken", "refresh-1"}}));
        EXPECT_EQ(portal.requests().at(0).headers.at("x-amz-sso_bearer_token"), "fresh-token");
        json expected = token_file(8h);
        expected["accessToken"] = "fresh-token";
        expected["refreshToken"] = "refresh-2";
        EXPECT_EQ(read(), expected);
        EXPECT_EQ(std::filesystem::status(path("dev")).permissions(), std::filesystem::perms(0600));
    }
}

TEST_F(Sso, WithoutANewRefreshTokenTheOldOneIsKept) {
    write(token_file(1min));
    const http_server portal{{.body = role_answer}};
    const http_server oidc{{.body = R"({"accessToken": "fresh-token", "expiresIn": 60})"}};
    sso_source sso = source(session(), portal, oidc);
    static_cast<void>(fetch(sso));
    EXPECT_EQ(read().at("refreshToken"), "refresh-1");
    EXPECT_EQ(read().at("expiresAt"), "2026-01-02T00:01:00Z");
}

TEST_F(Sso, AFileThatCannotBeWrittenIsIgnored) {
    write(token_file(1min));
    const std::string file = path("dev");
    const http_server portal{{.body = role_answer}};
    // The directory is removed while the service responds.
    const http_server oidc([&](const received_request&) {
        std::filesystem::remove_all(home_ / ".aws");
        return canned_response{.body = token_answer};
    });
    sso_source sso = source(session(), portal, oidc);
    EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(portal.requests().at(0).headers.at("x-amz-sso_bearer_token"), "fresh-token");
}

// Refreshes that fail, with a token that is still valid and with an expired one.
TEST_F(Sso, AFailedRefreshIsAnErrorOnlyAfterExpiration) {
    const struct {
        canned_response answer;
        std::string said;
    } cases[] = {
        {{.status = 400, .body = R"({"error": "invalid_grant", "error_description": "Gone"})"},
         "answered 400 \"invalid_grant: Gone\""},
        {{.status = 401, .body = R"({"message": "refresh-1"})"}, "answered 401;"},
        {{.status = 500}, "answered 500"},
        {{.status = 503, .body = "<html>"}, "answered 503"},
        {{.status = 302, .headers = {{"Location", "/hunter2"}}}, "answered 302"},
        {{.cut = true}, "no answer from the SSO OIDC service"},
        {{.body = "hunter2"}, "lacks a usable accessToken"},
        {{.body = R"({"expiresIn": 60})"}, "lacks a usable accessToken"},
        {{.body = R"({"accessToken": "hunter2"})"}, "lacks a usable accessToken or expiresIn"},
        {{.body = R"({"accessToken": "hunter2", "expiresIn": 0})"}, "or expiresIn"},
    };
    for (const auto& [answer, said] : cases) {
        const http_server portal{{.body = role_answer}};
        const http_server oidc{answer};
        write(token_file(1s));
        sso_source with_valid = source(session(), portal, oidc);
        EXPECT_EQ(fetch(with_valid).access_key_id, "ASIA") << said;
        EXPECT_EQ(portal.requests().at(0).headers.at("x-amz-sso_bearer_token"), "cached-token");
        EXPECT_EQ(read(), token_file(1s));

        write(token_file(0s));
        sso_source with_expired = source(session(), portal, oidc);
        const std::string message = failure<unrecoverable_credentials_error>(with_expired);
        EXPECT_TRUE(holds(message,
                          "the SSO token in " + path("dev") + " expired at 2026-01-02T00:00:00Z: "))
            << message;
        EXPECT_TRUE(holds(message, said)) << message;
        EXPECT_TRUE(message.ends_with("; run `aws sso login --profile work`")) << message;
        EXPECT_EQ(portal.requests().size(), 1U);
    }
}

TEST_F(Sso, ASilentOidcServiceIsAFailedRefresh) {
    write(token_file(-1s));
    const http_server portal{{.body = role_answer}};
    const http_server oidc{{.silent = true}};
    sso_settings settings = session();
    settings.request_timeout = 50ms;
    client_settings client = client_of(portal, oidc);
    client.max_attempts = 1;
    sso_source sso(settings, client, [this] { return now_; });
    const std::string message = failure<unrecoverable_credentials_error>(sso);
    EXPECT_TRUE(holds(message, "no answer from the SSO OIDC service")) << message;
}

TEST_F(Sso, ARefreshIsRetried) {
    write(token_file(-1s));
    const http_server portal{{.body = role_answer}};
    const http_server oidc{{.status = 429}, {.status = 500}, {.body = token_answer}};
    sso_source sso = source(session(), portal, oidc);
    EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
    EXPECT_EQ(oidc.requests().size(), 3U);
    EXPECT_EQ(pauses_.size(), 2U);
}

TEST_F(Sso, ARefreshByAnotherProgramIsUsed) {
    write(token_file(-1s));
    json theirs = token_file(8h);
    theirs["accessToken"] = "theirs";
    const http_server portal{{.body = role_answer}};
    const http_server oidc([&](const received_request&) {
        write(theirs);
        return canned_response{.status = 400, .body = R"({"error": "invalid_grant"})"};
    });
    sso_source sso = source(session(), portal, oidc);
    EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
    EXPECT_EQ(portal.requests().at(0).headers.at("x-amz-sso_bearer_token"), "theirs");
    EXPECT_EQ(read(), theirs);
}

TEST_F(Sso, IncompleteFilesAreNotRefreshed) {
    const struct {
        const char* member;
        json value;
        std::string said;
    } cases[] = {
        {"clientId", "", "without clientId, clientSecret and refreshToken"},
        {"clientSecret", nullptr, "without clientId, clientSecret and refreshToken"},
        {"refreshToken", "", "without clientId, clientSecret and refreshToken"},
        {"registrationExpiresAt", "2026-01-02T00:00:00Z", "registration has expired"},
        {"registrationExpiresAt", nullptr, "registration has expired"},
        {"registrationExpiresAt", "never", "registration has expired"},
    };
    for (const auto& [member, value, said] : cases) {
        const http_server portal{{.body = role_answer}};
        const http_server oidc{{.body = token_answer}};
        sso_source sso = source(session(), portal, oidc);
        json file = token_file(1min);
        file[member] = value;
        write(file);
        EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
        file["expiresAt"] = "2026-01-01T00:00:00Z";
        write(file);
        const std::string message = failure<unrecoverable_credentials_error>(sso);
        EXPECT_TRUE(holds(message, said)) << message;
        EXPECT_TRUE(oidc.requests().empty());
    }
}

TEST_F(Sso, ALegacyTokenIsNotRefreshed) {
    const http_server portal{{.body = role_answer}};
    const http_server oidc{{.body = token_answer}};
    sso_source sso = source(legacy(), portal, oidc);
    write(token_file(1min), start_url);
    EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
    write(token_file(0s), start_url);
    const std::string message = failure<unrecoverable_credentials_error>(sso);
    EXPECT_TRUE(holds(message, "expired at 2026-01-02T00:00:00Z")) << message;
    EXPECT_TRUE(holds(message, "run `aws sso login --profile work`")) << message;
    EXPECT_TRUE(oidc.requests().empty());
}

TEST_F(Sso, RefreshesAreThirtySecondsApart) {
    const http_server portal{{.body = role_answer}};
    const http_server oidc{{.status = 400, .body = R"({"error": "slow"})"}};
    sso_source sso = source(session(), portal, oidc);
    write(token_file(1h));
    const struct {
        system_clock::duration at;
        std::size_t requests;
        bool is_expired;
    } steps[] = {
        {58min, 1, false},       {58min + 29s, 1, false}, {58min + 30s, 2, false},
        {58min + 59s, 2, false}, {60min, 3, true},        {60min + 29s, 3, true},
        {59min, 4, false},  // the clock was set back
    };
    for (const auto& [at, requests, is_expired] : steps) {
        now_ = start + at;
        if (is_expired) {
            const std::string message = failure<unrecoverable_credentials_error>(sso);
            EXPECT_TRUE(holds(message, "answered 400 \"slow\"")) << message;
        } else {
            EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
        }
        EXPECT_EQ(oidc.requests().size(), requests);
    }
}

TEST_F(Sso, InvalidResponsesOfThePortalAreErrors) {
    write(token_file(1h));
    const struct {
        canned_response answer;
        std::size_t requests;
        std::string said;
    } cases[] = {
        {{.status = 403,
          .body = R"({"message": "No access", "__type": "com.amazonaws.switchboard#Forbidden"})"},
         1,
         "answered 403 \"Forbidden: No access\" for role \"Read Only/+\" in account "
         "\"123456789012\""},
        {{.status = 404, .body = "hunter2"}, 1, "answered 404 for role"},
        {{.status = 400, .body = R"({"message": "token cached-token is bad"})"}, 1, "answered 400"},
        {{.status = 302, .headers = {{"Location", "/"}}}, 1, "answered 302"},
        {{.status = 500}, 3, "answered 500"},
        {{.status = 429, .body = R"({"message": "Slow"})"}, 3, "answered 429 \"Slow\""},
        {{.cut = true}, 3, "no answer from the SSO portal"},
        {{.body = "hunter2"}, 1, "has no roleCredentials"},
        {{.body = R"({"roleCredentials": "hunter2"})"}, 1, "has no roleCredentials"},
        {{.body = R"({"roleCredentials": {"secretAccessKey": "hunter2", "sessionToken": "hunter2",
                      "expiration": 1}})"},
         1,
         "roleCredentials.accessKeyId"},
        {{.body = R"({"roleCredentials": {"accessKeyId": "a", "sessionToken": "t",
                      "expiration": 1}})"},
         1,
         "roleCredentials.secretAccessKey"},
        {{.body = R"({"roleCredentials": {"accessKeyId": "a", "secretAccessKey": "hunter2",
                      "expiration": 1}})"},
         1,
         "roleCredentials.sessionToken"},
        {{.body = R"({"roleCredentials": {"accessKeyId": "a", "secretAccessKey": "hunter2",
                      "sessionToken": "hunter2"}})"},
         1,
         "roleCredentials.expiration"},
        {{.body = R"({"roleCredentials": {"accessKeyId": "a", "secretAccessKey": "hunter2",
                      "sessionToken": "hunter2", "expiration": "2026-01-02T00:00:00Z"}})"},
         1,
         "roleCredentials.expiration"},
        {{.body = std::string(1'048'577, 'x')}, 1, "longer than 1048576 bytes"},
    };
    for (const auto& [answer, requests, said] : cases) {
        const http_server portal{answer};
        sso_source sso = source(session(), portal, no_oidc_);
        const std::string message = failure<dsql::credentials_error>(sso);
        EXPECT_TRUE(holds(message, said)) << message;
        EXPECT_FALSE(holds(message, "aws sso login")) << message;
        EXPECT_EQ(portal.requests().size(), requests) << said;
    }
}

TEST_F(Sso, ATokenThatThePortalRejectsNeedsTheUser) {
    write(token_file(1h));
    const http_server portal{
        {.status = 401,
         .body =
             R"({"message": "Session token not found or invalid", "__type": "X#UnauthorizedException"})"}};
    sso_source sso = source(session(), portal, no_oidc_);
    const std::string message = failure<unrecoverable_credentials_error>(sso);
    EXPECT_TRUE(holds(message, "\"UnauthorizedException: Session token not found or invalid\""))
        << message;
    EXPECT_TRUE(message.ends_with("; run `aws sso login --profile work`")) << message;
    EXPECT_EQ(portal.requests().size(), 1U);
}

TEST_F(Sso, TransientErrorsOfThePortalAreRetried) {
    write(token_file(1h));
    const http_server portal{{.status = 429}, {.status = 503}, {.body = role_answer}};
    sso_source sso = source(session(), portal, no_oidc_);
    EXPECT_EQ(fetch(sso).access_key_id, "ASIA");
    EXPECT_EQ(portal.requests().size(), 3U);
    EXPECT_EQ(pauses_.size(), 2U);
}

TEST_F(Sso, ASilentPortalIsATimeout) {
    write(token_file(1h));
    const http_server portal{{.silent = true}};
    sso_settings settings = session();
    settings.request_timeout = 50ms;
    client_settings client = client_of(portal, no_oidc_);
    client.max_attempts = 1;
    sso_source sso(settings, client, [this] { return now_; });
    const std::string message = failure<dsql::credentials_error>(sso);
    EXPECT_TRUE(holds(message, "no answer from the SSO portal: ")) << message;
}

TEST_F(Sso, ATokenWithALineBreakIsNotSent) {
    json file = token_file(1h);
    file["accessToken"] = "hunter2\r\nX-Evil: 1";
    write(file);
    const http_server portal{{.body = role_answer}};
    sso_source sso = source(session(), portal, no_oidc_);
    EXPECT_TRUE(holds(failure<dsql::credentials_error>(sso), "line break"));
    EXPECT_TRUE(portal.requests().empty());
}

TEST_F(Sso, NoTokenIsSentToAMalformedRegion) {
    write(token_file(1h));
    for (const char* region : {"", "evil.example/"}) {
        sso_settings settings = session();
        settings.region = region;
        sso_source sso(settings, {}, [this] { return now_; });
        EXPECT_TRUE(failure<dsql::credentials_error>(sso).starts_with("sso_region is ")) << region;
    }
}

TEST_F(Sso, AnExpirationBeyondTheClockIsClamped) {
    write(token_file(1h));
    const http_server portal{
        {.body = R"({"roleCredentials": {"accessKeyId": "ASIA", "secretAccessKey": "s",
                     "sessionToken": "t", "expiration": 9223372036854775807}})"}};
    sso_source sso = source(session(), portal, no_oidc_);
    EXPECT_GT(fetch(sso).expiration, start + 24h * 365 * 200);
}

TEST_F(Sso, TheRemedyNamesProfileOrSession) {
    EXPECT_EQ(sso_remedy({.session_name = "dev", .profile = "work"}),
              "run `aws sso login --profile work`");
    EXPECT_EQ(sso_remedy({.session_name = "dev"}), "run `aws sso login --sso-session dev`");
    EXPECT_EQ(sso_remedy({.profile = "my work;\n"}), "run `aws sso login --profile \"my work;?\"`");
    EXPECT_EQ(sso_remedy({}), "run `aws sso login`");
    EXPECT_EQ(sso_source(session()).name(), "SSO session \"dev\"");
    EXPECT_EQ(sso_source(legacy()).name(), "SSO");
}

}  // namespace sso_test
