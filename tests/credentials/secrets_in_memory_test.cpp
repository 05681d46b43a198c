// SPDX-License-Identifier: Apache-2.0
// No secret stays in memory after its owners are destroyed, whatever its source, and none is
// written, passed to a child or left in a file. A separate program uses the sources, because the
// memory of this one holds the test's servers and files. Prints how many were looked for, and
// found.
#include "base/digest.hpp"
#include "base/utc_time.hpp"
#include "support/certificates.hpp"
#include "support/command.hpp"
#include "support/http_server.hpp"
#include "support/loopback_server.hpp"
#include "support/memory_scan.hpp"
#include "support/scoped_environment.hpp"
#include "support/sts_answers.hpp"
#include "support/temporary_directory.hpp"
#include "support/test_key.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/ssl.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace secrets_in_memory_test {

using namespace std::chrono_literals;
using nlohmann::json;

// Returns a text of 40 characters that occurs nowhere else.
std::string secret(const std::string& name) {
    return name + std::string(40 - name.size(), 'x');
}

std::string moment(std::chrono::system_clock::duration from_now) {
    return dsql::detail::format_utc_time(std::chrono::system_clock::now() + from_now);
}

std::string sts_body(const std::string& action) {
    return sts_answer(action, {.secret_access_key = secret("StsKey"),
                               .session_token = secret("StsToken"),
                               .expiration = moment(1h)});
}

std::string document() {
    return json{{"Code", "Success"},
                {"AccessKeyId", "ASIA"},
                {"SecretAccessKey", secret("DocumentKey")},
                {"Token", secret("DocumentToken")},
                {"Expiration", moment(1h)}}
        .dump();
}

class SecretsInMemory : public testing::Test {
protected:
    SecretsInMemory() {
        environment_.clear();
        environment_.set("HOME", home_.path().string());
        environment_.set("AWS_EC2_METADATA_DISABLED", "true");
        environment_.set("AWS_CONFIG_FILE", home_ / "config");
        environment_.set("AWS_REGION", "eu-west-1");
        environment_.set("TMPDIR", home_.path().string());
    }

    static void SetUpTestSuite() { looked_for_ = found_ = 0; }
    static void TearDownTestSuite() {
        std::cout << "secrets looked for in memory, output, children and files: " << looked_for_
                  << ", found: " << found_ << '\n';
    }

    void write_config(const std::string& text) const { write_whole_file(home_ / "config", text); }

    // Checks that the token's signature and the named secrets are in memory no more often
    // afterwards than before. `held` of the named ones must be found while the credentials are in
    // use.
    void expect_gone(const std::vector<std::string>& names, const std::string& source = "chain",
                     std::size_t held = 2) const {
        std::string command = "LD_BIND_NOW=1 " DSQL_SECRETS_IN_MEMORY " " + source;
        const std::set<std::string> files = files_of_home();
        for (const std::string& name : names) {
            command += " " + name + "=" + masked_text::mask(secret(name));
        }
        command += " signature=" + masked_text::mask("&X-Amz-Signature=");
        const command_result result = run_command(command);
        ASSERT_EQ(result.status, 0) << result.errors;
        std::istringstream lines(result.output);
        std::string name;
        int before = 0;
        int during = 0;
        int after = 0;
        std::size_t found = 0;
        std::size_t count = 0;
        while (lines >> name >> before >> during >> after) {
            ++count;
            found += during > before ? 1 : 0;
            note(name, after > before, "memory");
        }
        for (const std::string& one : names) {
            note(one, is_in(result.output, one), "standard output");
            note(one, is_in(result.errors, one), "standard error");
            note(one, is_in(seen_by_child(), one), "a child's arguments or environment");
        }
        EXPECT_EQ(files_of_home(), files) << "files were left";
        EXPECT_EQ(count, names.size() + 1) << result.output;
        EXPECT_GE(found, held + 1)
            << "secrets that are in memory were not found: " << result.output;
    }

    static void note(const std::string& name, bool is_found, const char* where) {
        ++looked_for_;
        found_ += is_found ? 1 : 0;
        EXPECT_FALSE(is_found) << name << " is in " << where;
    }

    static bool is_in(const std::string& text, const std::string& name) {
        return text.find(secret(name)) != std::string::npos;
    }

    // What the command of the test "OfACommand" writes about itself.
    [[nodiscard]] std::string seen_by_child() const {
        return std::filesystem::exists(home_ / "seen") ? read_whole_file(home_ / "seen") : "";
    }

    [[nodiscard]] std::set<std::string> files_of_home() const {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(home_.path())) {
            names.insert(entry.path().string());
        }
        return names;
    }

    static int looked_for_;
    static int found_;

    temporary_directory home_;
    scoped_environment environment_;
};

int SecretsInMemory::looked_for_ = 0;
int SecretsInMemory::found_ = 0;

TEST_F(SecretsInMemory, OfTheProgramItself) {
    expect_gone({"StaticKey", "StaticToken"}, "static");
}

TEST_F(SecretsInMemory, OfTheEnvironment) {
    environment_.set("AWS_ACCESS_KEY_ID", "AKIA");
    environment_.set("AWS_SECRET_ACCESS_KEY", secret("VariableKey"));
    environment_.set("AWS_SESSION_TOKEN", secret("VariableToken"));
    expect_gone({"VariableKey", "VariableToken"});
}

TEST_F(SecretsInMemory, OfAFile) {
    write_config("[default]\naws_access_key_id = AKIA\naws_secret_access_key = " +
                 secret("FileKey") + "\naws_session_token = " + secret("FileToken") + "\n");
    expect_gone({"FileKey", "FileToken"});
}

TEST_F(SecretsInMemory, OfACommand) {
    write_whole_file(home_ / "output", json{{"Version", 1},
                                            {"AccessKeyId", "ASIA"},
                                            {"SecretAccessKey", secret("CommandKey")},
                                            {"SessionToken", secret("CommandToken")},
                                            {"Expiration", moment(1h)}}
                                           .dump());
    // It runs twice. The second time, the first one's keys are in use.
    write_whole_file(home_ / "seen", "");
    write_config(
        "[default]\ncredential_process = sh -c 'cat /proc/$$/environ /proc/$$/cmdline >> " +
        (home_ / "seen") + "; cat " + (home_ / "output") + "'\n");
    expect_gone({"CommandKey", "CommandToken"});
    EXPECT_NE(seen_by_child().find("AWS_CONFIG_FILE"), std::string::npos);
}

TEST_F(SecretsInMemory, OfAWebIdentity) {
    const http_server sts{{.body = sts_body("AssumeRoleWithWebIdentity")}};
    environment_.set("AWS_ENDPOINT_URL_STS", sts.url());
    write_whole_file(home_ / "identity", secret("WebIdentity"));
    environment_.set("AWS_WEB_IDENTITY_TOKEN_FILE", home_ / "identity");
    environment_.set("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
    expect_gone({"StsKey", "StsToken", "WebIdentity"});
}

TEST_F(SecretsInMemory, OfAnAssumedRole) {
    const http_server sts{{.body = sts_body("AssumeRole")}};
    environment_.set("AWS_ENDPOINT_URL_STS", sts.url());
    write_config(
        "[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = AKIA\naws_secret_access_key = " +
        secret("BaseKey") + "\naws_session_token = " + secret("BaseToken") + "\n");
    expect_gone({"StsKey", "StsToken", "BaseKey", "BaseToken"});
}

TEST_F(SecretsInMemory, OfIdentityCenter) {
    const http_server portal{{.body = json{{"roleCredentials",
                                            {{"accessKeyId", "ASIA"},
                                             {"secretAccessKey", secret("PortalKey")},
                                             {"sessionToken", secret("PortalToken")},
                                             {"expiration", 4'000'000'000'000}}}}
                                          .dump()}};
    const http_server oidc{{.body = json{{"accessToken", secret("FreshBearer")},
                                         {"expiresIn", 28'800},
                                         {"refreshToken", secret("NextRefresh")}}
                                        .dump()}};
    environment_.set("AWS_ENDPOINT_URL_SSO", portal.url());
    environment_.set("AWS_ENDPOINT_URL_SSO_OIDC", oidc.url());
    write_config(
        "[default]\nsso_session = dev\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session dev]\nsso_start_url = https://d.awsapps.com/start\nsso_region = "
        "eu-west-1\n");
    std::filesystem::create_directories(home_.path() / ".aws/sso/cache");
    write_whole_file(home_ / (".aws/sso/cache/" + dsql::detail::sha1_hex("dev") + ".json"),
                     json{{"accessToken", secret("OldBearer")},
                          {"expiresAt", moment(1min)},
                          {"clientId", "client"},
                          {"clientSecret", secret("ClientSecret")},
                          {"refreshToken", secret("FirstRefresh")},
                          {"registrationExpiresAt", moment(24h)}}
                         .dump());
    expect_gone({"PortalKey", "PortalToken", "OldBearer", "FreshBearer", "ClientSecret",
                 "FirstRefresh", "NextRefresh"});
}

TEST_F(SecretsInMemory, OfALogin) {
    const http_server signin{{.body = json{{"accessToken",
                                            {{"accessKeyId", "ASIA"},
                                             {"secretAccessKey", secret("LoginKey")},
                                             {"sessionToken", secret("LoginToken")}}},
                                           {"expiresIn", 900},
                                           {"refreshToken", secret("NextRefresh")}}
                                          .dump()}};
    const std::string arn = "arn:aws:iam::123456789012:user/dev";
    environment_.set("AWS_ENDPOINT_URL_SIGNIN", signin.url());
    environment_.set("AWS_LOGIN_CACHE_DIRECTORY", home_.path().string());
    write_config("[default]\nlogin_session = " + arn + "\n");
    write_whole_file(home_ / (dsql::detail::sha256_hex(arn) + ".json"),
                     json{{"accessToken",
                           {{"accessKeyId", "ASIAOLD"},
                            {"secretAccessKey", secret("OldKey")},
                            {"sessionToken", secret("OldToken")},
                            {"accountId", "123456789012"},
                            {"expiresAt", moment(1min)}}},
                          {"clientId", "arn:aws:signin:::devtools/same-device"},
                          {"refreshToken", secret("FirstRefresh")},
                          {"dpopKey", test_key("prime256v1").pem()}}
                         .dump());
    expect_gone({"LoginKey", "LoginToken", "OldKey", "OldToken", "FirstRefresh", "NextRefresh"});
}

TEST_F(SecretsInMemory, OfAContainer) {
    const http_server endpoint{{.body = document()}};
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url() + "/c");
    write_whole_file(home_ / "authorization", secret("Authorization"));
    environment_.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", home_ / "authorization");
    expect_gone({"DocumentKey", "DocumentToken", "Authorization"});
}

// A server over TLS that gives each client the same answer.
class https_server {
public:
    explicit https_server(std::string body)
        : body_(std::move(body)), server_([this](int connection) { serve(connection); }) {
        SSL_CTX_use_certificate(context_.get(), certificate_.certificate());
        SSL_CTX_use_PrivateKey(context_.get(), certificate_.key());
    }

    [[nodiscard]] std::string url() const {
        return "https://localhost:" + std::to_string(server_.port());
    }
    [[nodiscard]] std::string certificate_pem() const { return certificate_.pem(); }

private:
    void serve(int connection) const {
        const std::unique_ptr<SSL, void (*)(SSL*)> session(SSL_new(context_.get()), &SSL_free);
        SSL_set_fd(session.get(), connection);
        std::string request(16'384, '\0');
        if (SSL_accept(session.get()) == 1 &&
            SSL_read(session.get(), request.data(), static_cast<int>(request.size())) > 0) {
            const std::string answer =
                "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n" +
                body_;
            SSL_write(session.get(), answer.data(), static_cast<int>(answer.size()));
            SSL_read(session.get(), request.data(), 1);  // until the client closes
        }
    }

    const std::string body_;
    const certified_key certificate_{{.dns_names = {"localhost"}}};
    const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{SSL_CTX_new(TLS_server_method()),
                                                                &SSL_CTX_free};
    loopback_server server_;  // the last member, because its thread uses those above
};

TEST_F(SecretsInMemory, OfAContainerOverTls) {
    const https_server endpoint(document());
    write_whole_file(home_ / "trusted", endpoint.certificate_pem());
    environment_.set("SSL_CERT_FILE", home_ / "trusted");
    environment_.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", endpoint.url() + "/c");
    write_whole_file(home_ / "authorization", secret("Authorization"));
    environment_.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", home_ / "authorization");
    expect_gone({"DocumentKey", "DocumentToken", "Authorization"});
}

TEST_F(SecretsInMemory, OfInstanceMetadata) {
    const http_server metadata([](const received_request& request) -> canned_response {
        if (request.method == "PUT") {
            return {.body = secret("MetadataToken")};
        }
        return {.body = request.target.ends_with('/') ? "role" : document()};
    });
    environment_.unset("AWS_EC2_METADATA_DISABLED");
    environment_.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.url());
    expect_gone({"DocumentKey", "DocumentToken", "MetadataToken"});
}

}  // namespace secrets_in_memory_test
