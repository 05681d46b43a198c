// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/login/login_source.hpp"
#include "base/digest.hpp"
#include "base/utc_time.hpp"
#include "support/http_server.hpp"
#include "support/json_web_token.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_key.hpp"
#include "support/thrown_message.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace login_test {

using namespace dsql::aws;
using namespace dsql::detail;
using namespace std::chrono_literals;
using nlohmann::json;
using std::chrono::system_clock;

constexpr system_clock::time_point start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2);
constexpr const char* arn = "arn:aws:iam::123456789012:user/dev";
constexpr const char* token_answer =
    R"({"accessToken": {"accessKeyId": "ASIANEW", "secretAccessKey": "new-secret",
        "sessionToken": "new-session"}, "tokenType": "urn:aws:params:oauth:token-type:access_token_sigv4",
        "expiresIn": 900, "refreshToken": "refresh-2"})";

// The secrets that no message may contain.
constexpr const char* secrets[] = {"old-secret",  "old-session", "new-secret",
                                   "new-session", "refresh-1",   "refresh-2",
                                   "id-token",    "PRIVATE KEY", "hunter2"};

class Login : public testing::Test {
protected:
    Login() {
        environment_.clear();
        environment_.set("HOME", "/nonexistent");
        environment_.set("AWS_LOGIN_CACHE_DIRECTORY", cache_.path().string());
    }

    [[nodiscard]] std::string path() const { return cache_ / (sha256_hex(arn) + ".json"); }

    // The file of a session whose credentials are valid for another `life`.
    [[nodiscard]] json session_file(system_clock::duration life) {
        return {{"accessToken",
                 {{"accessKeyId", "ASIAOLD"},
                  {"secretAccessKey", "old-secret"},
                  {"sessionToken", "old-session"},
                  {"accountId", "123456789012"},
                  {"expiresAt", format_utc_time(start + life)}}},
                {"clientId", "arn:aws:signin:::devtools/same-device"},
                {"refreshToken", "refresh-1"},
                {"idToken", "id-token"},
                {"dpopKey", pem_},
                {"somethingNew", {1, 2}}};
    }
    void write(const json& content) const { write_whole_file(path(), content.dump()); }
    [[nodiscard]] json read() const { return json::parse(read_whole_file(path())); }

    [[nodiscard]] login_source source(const http_server& signin) {
        return login_source({.session = arn, .profile = "work", .request_timeout = 5s},
                            {.endpoints = {{aws_service::signin, signin.url()}}},
                            [this] { return now_; });
    }

    [[nodiscard]] dsql::credentials fetch(login_source& from) {
        return from
            .fetch({.pause =
                        [this](std::chrono::milliseconds time, const std::stop_token&) {
                            pauses_.push_back(time);
                        }})
            .keys;
    }

    // Returns the message of a failed fetch, and expects that it contains no secret.
    template <class Error>
    [[nodiscard]] std::string failure(login_source& from) {
        std::string message = thrown_message<Error>([&] { return fetch(from); });
        for (const char* secret : secrets) {
            EXPECT_EQ(message.find(secret), std::string::npos) << message;
        }
        return message;
    }

    [[nodiscard]] bool fails_for_good(login_source& from) {
        try {
            static_cast<void>(fetch(from));
        } catch (const unrecoverable_credentials_error&) {
            return true;
        } catch (const dsql::credentials_error&) {
            return false;
        }
        throw std::runtime_error("no failure");
    }

    scoped_environment environment_;
    temporary_directory cache_;
    test_key key_{"P-256"};
    std::string pem_ = key_.pem();
    system_clock::time_point now_ = start;
    std::vector<std::chrono::milliseconds> pauses_;
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_F(Login, AValidSessionIsUsedUnchanged) {
    write(session_file(5min + 1s));
    const http_server signin{{.status = 500}};
    login_source login = source(signin);
    const fetched_credentials found = login.fetch({});
    EXPECT_EQ(found.keys.access_key_id, "ASIAOLD");
    EXPECT_EQ(found.keys.secret_access_key, "old-secret");
    EXPECT_EQ(found.keys.session_token, "old-session");
    EXPECT_EQ(found.keys.account_id, "123456789012");
    EXPECT_EQ(found.keys.expiration, start + 5min + 1s);
    EXPECT_EQ(found.kept, reuse::until_expiration);
    EXPECT_TRUE(signin.requests().empty());
    EXPECT_EQ(login.name(), "login session \"" + std::string(arn) + "\"");
}

TEST_F(Login, TheFileIsInTheHomeDirectoryByDefault) {
    environment_.unset("AWS_LOGIN_CACHE_DIRECTORY");
    environment_.set("HOME", cache_.path().string());
    const std::string name = sha256_hex(arn) + ".json";
    EXPECT_EQ(login_token_path(arn), cache_ / (".aws/login/cache/" + name));
    environment_.set("AWS_LOGIN_CACHE_DIRECTORY", "~/elsewhere");
    EXPECT_EQ(login_token_path(std::string(" ") + arn + "\n"), cache_ / ("elsewhere/" + name));
}

TEST_F(Login, AnUnusableFileIsAnErrorWithARemedy) {
    const http_server signin{{.body = token_answer}};
    login_source login = source(signin);
    const std::string missing = failure<unrecoverable_credentials_error>(login);
    EXPECT_TRUE(holds(missing, "cannot read \"" + path())) << missing;
    EXPECT_TRUE(holds(missing, "run `aws login --profile work`")) << missing;

    const struct {
        const char* pointer;
        std::string said;
    } cases[] = {
        {"/accessToken",
         "lacks accessToken.accessKeyId, accessToken.secretAccessKey, accessToken.sessionToken, "
         "accessToken.accountId, accessToken.expiresAt; "},
        {"/accessToken/accessKeyId", "lacks accessToken.accessKeyId; "},
        {"/accessToken/secretAccessKey", "lacks accessToken.secretAccessKey; "},
        {"/accessToken/sessionToken", "lacks accessToken.sessionToken; "},
        {"/accessToken/accountId", "lacks accessToken.accountId; "},
        {"/accessToken/expiresAt", "lacks accessToken.expiresAt; "},
        {"/clientId", "lacks clientId; "},
        {"/refreshToken", "lacks refreshToken; "},
        {"/dpopKey", "lacks dpopKey; "},
    };
    for (const system_clock::duration life : {1h, -1h}) {
        for (const auto& [pointer, said] : cases) {
            json file = session_file(life);
            file = file.patch(json::array({{{"op", "remove"}, {"path", pointer}}}));
            write(file);
            const std::string message = failure<unrecoverable_credentials_error>(login);
            EXPECT_TRUE(message.starts_with(path())) << message;
            EXPECT_TRUE(holds(message, said)) << message;
            EXPECT_TRUE(message.ends_with("run `aws login --profile work`")) << message;
        }
    }
    json file = session_file(1h);
    file["accessToken"]["expiresAt"] = "hunter2";
    write(file);
    EXPECT_TRUE(holds(failure<unrecoverable_credentials_error>(login), "accessToken.expiresAt is"));
    write_whole_file(path(), "hunter2");
    EXPECT_TRUE(holds(failure<unrecoverable_credentials_error>(login), "not a JSON object"));
    EXPECT_TRUE(signin.requests().empty());
}

TEST_F(Login, AnExpiringSessionIsRenewedAndWrittenBack) {
    for (const system_clock::duration life :
         {system_clock::duration(5min), system_clock::duration(0s), system_clock::duration(-1h)}) {
        write(session_file(life));
        const http_server signin{{.body = token_answer}};
        login_source login = source(signin);
        const dsql::credentials keys = fetch(login);
        EXPECT_EQ(keys.access_key_id, "ASIANEW");
        EXPECT_EQ(keys.secret_access_key, "new-secret");
        EXPECT_EQ(keys.session_token, "new-session");
        EXPECT_EQ(keys.expiration, start + 15min);
        json expected = session_file(15min);
        expected["accessToken"]["accessKeyId"] = "ASIANEW";
        expected["accessToken"]["secretAccessKey"] = "new-secret";
        expected["accessToken"]["sessionToken"] = "new-session";
        expected["refreshToken"] = "refresh-2";
        EXPECT_EQ(read(), expected);
        EXPECT_EQ(std::filesystem::status(path()).permissions(), std::filesystem::perms(0600));
    }
}

TEST_F(Login, TheRequestHasAProofOfPossession) {
    write(session_file(0s));
    const http_server signin{{.body = token_answer}};
    login_source login = source(signin);
    static_cast<void>(fetch(login));
    ASSERT_EQ(signin.requests().size(), 1U);
    const received_request request = signin.requests()[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/v1/token");
    EXPECT_EQ(request.headers.at("content-type"), "application/json");
    EXPECT_FALSE(request.headers.contains("authorization"));
    EXPECT_EQ(json::parse(request.body),
              (json{{"clientId", "arn:aws:signin:::devtools/same-device"},
                    {"grantType", "refresh_token"},
                    {"refreshToken", "refresh-1"}}));
    const json_web_token proof(request.headers.at("dpop"));
    EXPECT_TRUE(proof.is_signed_by(key_.get()));
    EXPECT_EQ(proof.claims.at("htu"), signin.url() + "/v1/token");
    EXPECT_EQ(proof.claims.at("htm"), "POST");
    EXPECT_EQ(proof.claims.at("iat"), 1767312000);
}

TEST_F(Login, EachAttemptHasANewProof) {
    write(session_file(0s));
    const http_server signin{{.status = 429}, {.status = 500}, {.body = token_answer}};
    login_source login = source(signin);
    EXPECT_EQ(fetch(login).access_key_id, "ASIANEW");
    EXPECT_EQ(pauses_.size(), 2U);
    std::set<std::string> ids;
    for (const received_request& request : signin.requests()) {
        const json_web_token proof(request.headers.at("dpop"));
        EXPECT_TRUE(proof.is_signed_by(key_.get()));
        ids.insert(proof.claims.at("jti").get<std::string>());
    }
    EXPECT_EQ(ids.size(), 3U);
}

// Transient errors, with credentials that are still valid and with expired ones.
TEST_F(Login, AFailedRenewalIsAnErrorOnlyAfterExpiration) {
    const struct {
        canned_response answer;
        std::string said;
    } cases[] = {
        {{.status = 400,
          .body = R"({"error": "INVALID_REQUEST", "message": "No"})",
          .headers = {{"x-amzn-ErrorType", "ValidationException"}}},
         "/v1/token answered 400 \"ValidationException: INVALID_REQUEST: No\"; run `aws login "
         "--profile work`"},
        {{.status = 403, .body = "hunter2"}, "answered 403; run `aws login"},
        {{.status = 400, .body = R"({"message": "refresh-1"})"}, "answered 400; "},
        {{.status = 500}, "answered 500"},
        {{.status = 302, .headers = {{"Location", "/"}}}, "answered 302"},
        {{.cut = true}, "no answer from the sign-in service"},
        {{.body = "hunter2"}, "lacks a usable accessToken"},
        {{.body = R"({"accessToken": "hunter2", "expiresIn": 900})"}, "lacks a usable accessToken"},
        {{.body = R"({"accessToken": {"accessKeyId": "a", "secretAccessKey": "hunter2"},
                      "expiresIn": 900})"},
         "lacks a usable accessToken"},
        {{.body = R"({"accessToken": {"accessKeyId": "a", "secretAccessKey": "hunter2",
                      "sessionToken": "hunter2"}})"},
         "or expiresIn"},
    };
    for (const auto& [answer, said] : cases) {
        const http_server signin{answer};
        login_source login = source(signin);
        write(session_file(1s));
        const dsql::credentials keys = fetch(login);
        EXPECT_EQ(keys.access_key_id, "ASIAOLD") << said;
        EXPECT_EQ(keys.expiration, start + 1s);
        EXPECT_EQ(read(), session_file(1s));
        write(session_file(0s));
        const std::string message = failure<dsql::credentials_error>(login);
        EXPECT_TRUE(holds(message, said)) << message;
        EXPECT_FALSE(fails_for_good(login)) << said;
    }
}

TEST_F(Login, ErrorsThatNeedTheUserAreReportedAtOnce) {
    const struct {
        int status;
        const char* code;
        std::string said;
    } cases[] = {
        {401, "TOKEN_EXPIRED", "the login session has expired"},
        {400, "token_expired", "the login session has expired"},
        {403, "USER_CREDENTIALS_CHANGED", "the password has changed"},
        {403, "INSUFFICIENT_PERMISSIONS", "signin:CreateOAuth2Token"},
    };
    for (const auto& [status, code, said] : cases) {
        const http_server signin{{.status = status,
                                  .body = json{{"error", code}, {"message", "No"}}.dump(),
                                  .headers = {{"x-amzn-ErrorType", "AccessDeniedException"}}}};
        for (const system_clock::duration life : {1min, -1min}) {
            login_source login = source(signin);
            write(session_file(life));
            const std::string message = failure<unrecoverable_credentials_error>(login);
            EXPECT_TRUE(holds(message, said)) << message;
            EXPECT_TRUE(message.ends_with("; run `aws login --profile work`")) << message;
        }
        EXPECT_EQ(signin.requests().size(), 2U);
    }
}

TEST_F(Login, ARenewalByAnotherProgramIsUsed) {
    write(session_file(-1s));
    json theirs = session_file(15min);
    theirs["accessToken"]["accessKeyId"] = "ASIATHEIRS";
    const http_server signin([&](const received_request&) {
        write(theirs);
        return canned_response{.status = 401, .body = R"({"error": "TOKEN_EXPIRED"})"};
    });
    login_source login = source(signin);
    EXPECT_EQ(fetch(login).access_key_id, "ASIATHEIRS");
    EXPECT_EQ(read(), theirs);
}

TEST_F(Login, AFileThatCannotBeWrittenIsIgnored) {
    write(session_file(0s));
    const http_server signin([&](const received_request&) {
        std::filesystem::remove_all(cache_.path());
        return canned_response{.body = token_answer};
    });
    login_source login = source(signin);
    EXPECT_EQ(fetch(login).access_key_id, "ASIANEW");
}

TEST_F(Login, ASilentServiceIsATimeout) {
    write(session_file(0s));
    const http_server signin{{.silent = true}};
    login_source login({.session = arn, .request_timeout = 50ms},
                       {.max_attempts = 1, .endpoints = {{aws_service::signin, signin.url()}}},
                       [this] { return now_; });
    const std::string message = failure<dsql::credentials_error>(login);
    EXPECT_TRUE(holds(message, "no answer from the sign-in service: ")) << message;
}

TEST_F(Login, ARenewalNeedsARegionOrAnEndpoint) {
    for (const char* region : {"", "evil.example/"}) {
        login_source login({.session = arn}, {.region = region}, [this] { return now_; });
        write(session_file(0s));
        const std::string message = failure<dsql::credentials_error>(login);
        EXPECT_TRUE(message.starts_with("the region (AWS_REGION, or region in the profile) is "))
            << message;
        write(session_file(1h));
        EXPECT_EQ(fetch(login).access_key_id, "ASIAOLD");
    }
}

TEST_F(Login, AMalformedKeyIsNotShown) {
    const http_server signin{{.body = token_answer}};
    login_source login = source(signin);
    json file = session_file(0s);
    file["dpopKey"] = "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----\n";
    write(file);
    EXPECT_TRUE(holds(thrown_message<dsql::credentials_error>([&] { return fetch(login); }),
                      "dpopKey is not an EC P-256 private key in PEM"));
    EXPECT_TRUE(signin.requests().empty());
}

}  // namespace login_test
