// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "aws/providers/metadata/container_source.hpp"
#include "base/utc_time.hpp"
#include "support/http_server.hpp"
#include "support/recording_context.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <stop_token>
#include <string>
#include <vector>

namespace container_test {

using namespace dsql::aws;
using namespace dsql::detail;
using namespace std::chrono_literals;

constexpr const char* relative_uri = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* full_uri = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* token_file = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

const std::string good_body = R"({"RoleArn":"arn","AccessKeyId":"AK","SecretAccessKey":"hunter2",
    "Token":"T","Expiration":"2026-01-02T03:04:05Z"})";

class Container : public testing::Test {
protected:
    Container() {
        environment_.clear();
        options_.resolve = [this](const std::string& host, const std::stop_token&) {
            looked_up_.push_back(host);
            return addresses_;
        };
    }

    [[nodiscard]] fetched_credentials fetch() {
        return container_source(options_).fetch(context_.context());
    }
    [[nodiscard]] std::string failure() {
        return thrown_message<dsql::credentials_error>([this] { return fetch(); });
    }
    // The URL of a server with another host name.
    [[nodiscard]] static std::string url_at(const std::string& host, const http_server& server) {
        return "http://" + host + ":" + std::to_string(server.port()) + "/c";
    }

    scoped_environment environment_;
    container_options options_;
    std::vector<std::string> addresses_ = {"127.0.0.1"};
    std::vector<std::string> looked_up_;
    recording_context context_;
};

TEST_F(Container, IsConfiguredByEitherVariable) {
    EXPECT_FALSE(container_is_configured());
    EXPECT_NE(failure().find("are not set"), std::string::npos);
    for (const char* variable : {relative_uri, full_uri}) {
        environment_.set(variable, " ");
        EXPECT_FALSE(container_is_configured());
        environment_.set(variable, "/x");
        EXPECT_TRUE(container_is_configured());
        environment_.unset(variable);
    }
}

TEST_F(Container, RelativeUriOverridesFullUri) {
    const http_server other{{.body = good_body}};
    const http_server server{{.body = good_body}};
    options_.relative_base = server.url();
    environment_.set(full_uri, other.url());
    environment_.set(relative_uri, "/v2/credentials/id?a=b");
    const fetched_credentials fetched = fetch();
    EXPECT_EQ(fetched.keys.access_key_id, "AK");
    EXPECT_EQ(fetched.keys.secret_access_key, "hunter2");
    EXPECT_EQ(fetched.keys.session_token, "T");
    EXPECT_EQ(format_utc_time(fetched.keys.expiration.value()), "2026-01-02T03:04:05Z");
    EXPECT_EQ(fetched.kept, reuse::until_expiration);
    ASSERT_EQ(server.requests().size(), 1U);
    const received_request request = server.requests()[0];
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.target, "/v2/credentials/id?a=b");
    EXPECT_EQ(request.headers.at("accept"), "application/json");
    EXPECT_EQ(request.headers.count("authorization"), 0U);
    EXPECT_TRUE(other.requests().empty());
    EXPECT_TRUE(looked_up_.empty());
}

TEST_F(Container, TheDefaultBaseIsThatOfEcs) {
    EXPECT_EQ(container_options{}.relative_base, "http://169.254.170.2");
}

TEST_F(Container, AnUnusableUriIsNotRequested) {
    struct bad_uri {
        const char* variable;
        const char* value;
        const char* message;
    };
    const bad_uri cases[] = {
        {relative_uri, "v2/credentials", "it must start with a slash"},
        {relative_uri, "@evil.example/", "it must start with a slash"},
        {relative_uri, "/a\r\nX-Evil: 1", "it is not the path of a URL"},
        {relative_uri, "/a\nb", "it is not the path of a URL"},
        {relative_uri, "/a b", "it is not the path of a URL"},
        {full_uri, "/only/a/path", "it is not a URL"},
        {full_uri, "ftp://127.0.0.1/", "it is not a URL"},
        {full_uri, "file:///etc/passwd", "it is not a URL"},
        {full_uri, "http://", "it is not a URL"},
        {full_uri, "http://127.0.0.1:port/", "it is not a URL"},
        {full_uri, "127.0.0.1/credentials", "it is not a URL"},
    };
    for (const bad_uri& bad : cases) {
        environment_.set(bad.variable, bad.value);
        EXPECT_TRUE(failure().starts_with(std::string(bad.variable) + ": " + bad.message))
            << bad.value << ": " << failure();
        environment_.unset(bad.variable);
    }
    EXPECT_TRUE(context_.pauses().empty());
}

TEST_F(Container, AForbiddenHostIsRejectedBeforeTheTokenIsRead) {
    environment_.set(token_file, "/nonexistent/token");
    for (const char* host :
         {"128.0.0.1", "126.255.255.255", "169.254.170.1", "169.254.170.3", "169.254.170.22",
          "169.254.169.254", "10.0.0.1", "0.0.0.0", "[::]", "[::2]", "[fd00:ec2::24]",
          "[fd00:ec2::254]", "[::ffff:127.0.0.1]", "[::ffff:8.8.8.8]", "0x08080808",
          "169.254.170.2@8.8.8.8", "127.0.0.1@8.8.8.8", "8.8.8.8#@127.0.0.1"}) {
        environment_.set(full_uri, "http://" + std::string(host) + "/c");
        const std::string message = failure();
        EXPECT_NE(message.find("refused"), std::string::npos) << host << ": " << message;
        EXPECT_NE(message.find("127.0.0.0/8, ::1, 169.254.170.2, 169.254.170.23 and fd00:ec2::23"),
                  std::string::npos)
            << message;
        EXPECT_EQ(message.find("/nonexistent"), std::string::npos) << message;
    }
    EXPECT_TRUE(looked_up_.empty());
}

TEST_F(Container, AllowedAddressesAreAccepted) {
    for (const char* address : {"127.0.0.1", "127.255.255.255", "169.254.170.2", "169.254.170.23",
                                "::1", "fd00:ec2::23", "fd00:0ec2:0:0:0:0:0:23"}) {
        EXPECT_TRUE(is_allowed_address(address)) << address;
    }
    // The error about the token file shows that the host was accepted.
    environment_.set(token_file, "/nonexistent/token");
    for (const char* url : {"http://127.1.2.3/c", "http://[::1]/c", "http://[fd00:ec2::23]/c",
                            "http://169.254.170.23/c", "http://0x7f.1/c", "https://8.8.8.8/c",
                            "https://anything.example/c"}) {
        environment_.set(full_uri, url);
        EXPECT_NE(failure().find("/nonexistent/token"), std::string::npos) << url << failure();
    }
    EXPECT_TRUE(looked_up_.empty());
}

TEST_F(Container, AHostWithAForbiddenAddressIsRejected) {
    const http_server server{{.body = good_body}};
    environment_.set(token_variable, "hunter2");
    environment_.set(full_uri, url_at("name.invalid", server));
    using names = std::vector<std::string>;
    for (const names& addresses :
         {names{"8.8.8.8"}, names{"127.0.0.1", "8.8.8.8"}, names{"8.8.8.8", "127.0.0.1"},
          names{"127.0.0.1", "fe80::1"}, names{}, names{""}}) {
        addresses_ = addresses;
        EXPECT_NE(failure().find("refused"), std::string::npos) << failure();
    }
    EXPECT_TRUE(server.requests().empty());
    EXPECT_EQ(looked_up_.at(0), "name.invalid");
}

TEST_F(Container, AmbiguousHostNamesAreRejected) {
    for (const char* host : {"localhost.",
                             "b\xc3\xbc"
                             "cher.example",
                             "a%2eb."}) {
        environment_.set(full_uri, "http://" + std::string(host) + "/c");
        EXPECT_NE(failure().find("it is not a plain name"), std::string::npos) << failure();
    }
    EXPECT_TRUE(looked_up_.empty());
}

TEST_F(Container, RequestsGoToTheCheckedAddressesOnly) {
    const http_server server{{.body = good_body}};
    environment_.set(full_uri, url_at("name.invalid", server));
    addresses_ = {"::1", "127.0.0.1"};  // the first address has no listener
    EXPECT_EQ(fetch().keys.access_key_id, "AK");
    EXPECT_EQ(looked_up_.size(), 1U);
    EXPECT_EQ(server.requests().at(0).headers.at("host"),
              "name.invalid:" + std::to_string(server.port()));
}

TEST_F(Container, TheSystemResolverResolvesLocalhost) {
    const http_server server{{.body = good_body}};
    environment_.set(full_uri, url_at("localhost", server));
    EXPECT_EQ(container_source().fetch(context_.context()).keys.access_key_id, "AK");
    EXPECT_NE(thrown_message<dsql::credentials_error>([] {
                  return system_addresses("name.invalid", {});
              }).find("the host \"name.invalid\": cannot look up the name: "),
              std::string::npos);
}

TEST_F(Container, TheTokenFileOverridesTheTokenAndIsReadEachTime) {
    const http_server server{{.body = good_body}};
    environment_.set(full_uri, server.url() + "/c");
    environment_.set(token_variable, "Basic one");
    static_cast<void>(fetch());
    const temporary_file file("two");
    environment_.set(token_file, file.path());
    container_source source(options_);
    static_cast<void>(source.fetch(context_.context()));
    std::ofstream(file.path()) << "three";
    static_cast<void>(source.fetch(context_.context()));
    std::vector<std::string> tokens;
    for (const received_request& request : server.requests()) {
        tokens.push_back(request.headers.at("authorization"));
    }
    EXPECT_EQ(tokens, (std::vector<std::string>{"Basic one", "two", "three"}));
}

TEST_F(Container, TheTokenIsSentToTheRelativeUri) {
    const http_server server{{.body = good_body}};
    options_.relative_base = server.url();
    environment_.set(relative_uri, "/c");
    environment_.set(token_variable, "token");
    static_cast<void>(fetch());
    EXPECT_EQ(server.requests().at(0).headers.at("authorization"), "token");
}

TEST_F(Container, ATokenThatCannotBeSentIsAnError) {
    const http_server server{{.body = good_body}};
    environment_.set(full_uri, server.url() + "/c");
    for (const char* token : {"hunter2\r\nX-Evil: 1", "hunter2\n", "\nhunter2", "hunter\r2"}) {
        environment_.set(token_variable, token);
        EXPECT_TRUE(failure().starts_with(std::string(token_variable) + ": the token has a line"))
            << failure();
        EXPECT_EQ(failure().find("hunter"), std::string::npos);
    }
    const std::string too_long(65'537, 'x');
    const std::pair<std::string, const char*> files[] = {{"hunter2\n", "line break"},
                                                         {"hunter2\r", "line break"},
                                                         {std::string("a\0b", 3), "line break"},
                                                         {"", "is empty"},
                                                         {" \n", "is empty"},
                                                         {too_long, "is longer than 65536 bytes"}};
    for (const auto& [content, message] : files) {
        const temporary_file file(content);
        environment_.set(token_file, file.path());
        EXPECT_TRUE(failure().starts_with(token_file)) << failure();
        EXPECT_NE(failure().find(message), std::string::npos) << failure();
        EXPECT_NE(failure().find(file.path()), std::string::npos) << failure();
        EXPECT_EQ(failure().find("hunter"), std::string::npos);
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(Container, ATokenFileThatIsNotRegularIsAnErrorAtOnce) {
    const http_server server{{.body = good_body}};
    environment_.set(full_uri, server.url() + "/c");
    environment_.set(token_variable, "not in place of the file");
    const std::string pipe =
        std::filesystem::temp_directory_path() / ("dsql-test-pipe-" + std::to_string(getpid()));
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    const std::pair<std::string, const char*> cases[] = {
        {pipe, "not a regular file"},
        {"/nonexistent/token", "cannot read \"/nonexistent/token\": No such file"},
        {"/dev/null", "not a regular file"},
        {"/tmp", "not a regular file"}};
    for (const auto& [path, message] : cases) {
        environment_.set(token_file, path);
        EXPECT_NE(failure().find(message), std::string::npos) << failure();
    }
    EXPECT_TRUE(server.requests().empty());
    unlink(pipe.c_str());
}

TEST_F(Container, TransientErrorsAreTriedThreeTimes) {
    const canned_response faults[] = {
        {.status = 500},
        {.status = 503, .body = "hunter2"},
        {.status = 429},
        {.cut = true},
        {.body = "hunter2"},
        {.body = R"({"AccessKeyId":"AK"})"},
        {.body = R"({"AccessKeyId":"AK","SecretAccessKey":"hunter2","Token":"T"})"},
    };
    for (const canned_response& fault : faults) {
        const http_server mended{fault, fault, {.body = good_body}};
        environment_.set(full_uri, mended.url() + "/c");
        EXPECT_EQ(fetch().keys.access_key_id, "AK");
        EXPECT_EQ(mended.requests().size(), 3U);
        const http_server broken{fault};
        environment_.set(full_uri, broken.url() + "/secret-path?secret=query");
        const std::string message = failure();
        EXPECT_TRUE(message.starts_with(std::string(full_uri) + " (" + broken.url() + "): "))
            << message;
        EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
        EXPECT_EQ(message.find("secret"), std::string::npos) << message;
        EXPECT_EQ(broken.requests().size(), 3U);
    }
    EXPECT_EQ(context_.pauses().size(), 2 * 2 * std::size(faults));
}

TEST_F(Container, AResponseWithoutExpirationIsAnError) {
    const http_server server{{.body = R"({"AccessKeyId":"AK","SecretAccessKey":"S","Token":"T"})"}};
    environment_.set(full_uri, server.url() + "/c");
    EXPECT_NE(failure().find("the answer cannot be used: Expiration is missing"),
              std::string::npos);
}

TEST_F(Container, ARejectionIsFinalAndQuoted) {
    struct rejection {
        int status;
        std::string body;
        std::string message;
    };
    const rejection cases[] = {
        {400, R"({"code":"InvalidId","message":"no\nsuch \u001b[1mid"})",
         R"(: answered with status 400, code "InvalidId", message "no?such ?[1mid")"},
        {401, R"({"Message":"token hunter2 is stale"})",
         R"(: answered with status 401, message "token <redacted> is stale")"},
        {403, "hunter2 is not JSON", ": answered with status 403"},
        {404, R"({"SecretAccessKey":"hunter2"})", ": answered with status 404"},
        {418, R"({"code":")" + std::string(300, 'x') + "\"}",
         ": answered with status 418, code \"" + std::string(256, 'x') + "...\""},
    };
    environment_.set(token_variable, "hunter2");
    for (const rejection& refused : cases) {
        const http_server server{{.status = refused.status, .body = refused.body}};
        environment_.set(full_uri, server.url() + "/c");
        EXPECT_EQ(failure(), std::string(full_uri) + " (" + server.url() + ")" + refused.message);
        EXPECT_EQ(server.requests().size(), 1U);
    }
    EXPECT_TRUE(context_.pauses().empty());
}

TEST_F(Container, ARedirectIsNotFollowed) {
    const http_server target{{.body = good_body}};
    const http_server server{{.status = 302, .headers = {{"Location", target.url() + "/c"}}}};
    environment_.set(full_uri, server.url() + "/c");
    EXPECT_NE(failure().find("answered with status 302"), std::string::npos);
    EXPECT_TRUE(target.requests().empty());
}

TEST_F(Container, NoProxyIsUsed) {
    const http_server proxy{{.body = good_body}};
    const http_server server{{.body = good_body}};
    for (const char* variable : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) {
        environment_.set(variable, proxy.url());
    }
    environment_.set(full_uri, server.url() + "/c");
    EXPECT_EQ(fetch().keys.access_key_id, "AK");
    options_.connect_timeout = 50ms;
    environment_.set(full_uri, "https://127.0.0.1:" + std::to_string(server.port()) + "/c");
    EXPECT_NE(failure(), "");
    EXPECT_TRUE(proxy.requests().empty());
}

TEST_F(Container, AnOversizedResponseIsAFinalError) {
    const http_server server{{.body = good_body + std::string(65'536, ' ')}};
    environment_.set(full_uri, server.url() + "/c");
    EXPECT_NE(failure().find("longer than 65536 bytes"), std::string::npos) << failure();
    EXPECT_TRUE(context_.pauses().empty());
}

TEST_F(Container, ASilentEndpointIsATimeout) {
    EXPECT_EQ(options_.connect_timeout, 2s);
    EXPECT_EQ(options_.timeout, 5s);
    options_.timeout = 50ms;
    const http_server server{{.silent = true}};
    environment_.set(full_uri, server.url() + "/c");
    EXPECT_NE(failure().find("timed out"), std::string::npos) << failure();
}

TEST_F(Container, AStopEndsTheFetch) {
    const http_server server{{.silent = true}};
    environment_.set(full_uri, server.url() + "/c");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_NE(thrown_message<dsql::credentials_error>([&] {
                  return container_source(options_).fetch(context_.context(stop.get_token()));
              }).find("stopped"),
              std::string::npos);
}

}  // namespace container_test
