// SPDX-License-Identifier: Apache-2.0
// Which names a request looks up, who does it, and what happens if it hangs or fails. libcurl's own
// lookups would be counted too: they call the same getaddrinfo.
#include <dsql/error.hpp>

#include "aws/http/http_client.hpp"
#include "aws/providers/metadata/container_endpoint_policy.hpp"
#include "support/http_server.hpp"
#include "support/loopback_server.hpp"
#include "support/name_service.hpp"
#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>
#include <netdb.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace http_lookup_test {

using namespace dsql::aws;
using namespace std::chrono_literals;

class HttpLookup : public testing::Test {
protected:
    HttpLookup() { environment_.clear(); }

    static http_failure failure_of(const http_request& request, const std::stop_token& stop = {}) {
        try {
            static_cast<void>(send(request, stop));
        } catch (const http_failure& failure) {
            return failure;
        }
        throw std::runtime_error("there was an answer");
    }

    static http_request request_for(const std::string& url) {
        http_request request{.url = url};
        request.connect_timeout = 60s;
        request.timeout = 60s;
        return request;
    }

    static std::string at(const std::string& host, const http_server& server) {
        return "http://" + host + ":" + std::to_string(server.port());
    }

    scoped_environment environment_;
    name_service names_{};
};

TEST_F(HttpLookup, TheAddressesAreThoseOfTheSystemsResolver) {
    const http_server server{{.body = "found"}};
    names_.set("HOST.test.invalid", {"::1", "127.0.0.1"});  // the first has no listener
    EXPECT_EQ(send(request_for(at("HOST.test.invalid", server))).body, "found");
    EXPECT_EQ(server.requests().at(0).headers.at("host"),
              "HOST.test.invalid:" + std::to_string(server.port()));
    EXPECT_EQ(names_.lookups(), 1) << "libcurl looked it up again";
}

TEST_F(HttpLookup, AnErrorOfTheResolverIsNamed) {
    names_.fail("again.invalid", EAI_AGAIN);
    names_.fail("none.invalid", EAI_NONAME);
    names_.fail("system.invalid", EAI_SYSTEM, EMFILE);
    const std::array<std::pair<std::string, std::string>, 3> cases = {
        {{"again", gai_strerror(EAI_AGAIN)},
         {"none", gai_strerror(EAI_NONAME)},
         {"system", std::system_category().message(EMFILE)}}};
    for (const auto& [name, text] : cases) {
        const http_failure failure = failure_of(request_for("https://" + name + ".invalid/secret"));
        EXPECT_EQ(failure.kind(), http_failure_kind::resolve);
        EXPECT_EQ(failure.what(),
                  "https://" + name + ".invalid:443: cannot look up the name: " + text);
    }
}

TEST_F(HttpLookup, NumericAddressesAndLocalhostAreNotLookedUp) {
    const http_server server{{.body = "found"}};
    for (const char* host : {"127.0.0.1", "0x7f.1", "localhost", "LocalHost", "a.localhost"}) {
        EXPECT_EQ(send(request_for(at(host, server))).body, "found") << host;
    }
    EXPECT_EQ(failure_of(request_for(at("[::1]", server))).kind(), http_failure_kind::connect);
    EXPECT_EQ(names_.lookups(), 0);
}

TEST_F(HttpLookup, TheTimeOfALookupCounts) {
    for (const bool is_connect_timeout : {true, false}) {
        http_request request = request_for("http://slow.hanging.invalid/");
        (is_connect_timeout ? request.connect_timeout : request.timeout) = 20ms;
        const http_failure failure = failure_of(request);
        EXPECT_EQ(failure.kind(), http_failure_kind::timeout);
        EXPECT_EQ(failure.what(), std::string("http://slow.hanging.invalid:80: timed out while "
                                              "looking up the name"));
    }
}

// Requests that are given up leave their lookups behind.
TEST_F(HttpLookup, LookupsThatHangAreBounded) {
    constexpr int most = 32;
    const auto url_of = [](int i) {
        return "http://" + std::to_string(i) + ".http.hanging.invalid/";
    };
    for (int i = 1; i <= most; ++i) {
        std::stop_source stop;
        std::optional<http_failure_kind> kind;
        std::jthread requesting(
            [&] { kind = failure_of(request_for(url_of(i)), stop.get_token()).kind(); });
        names_.await_hanging(i);
        stop.request_stop();
        requesting.join();
        EXPECT_EQ(kind, http_failure_kind::stopped);
    }
    for (int i = most + 1; i <= most + 8; ++i) {
        http_request request = request_for(url_of(i));
        request.connect_timeout = 1ms;
        const http_failure failure = failure_of(request);
        EXPECT_EQ(failure.kind(), http_failure_kind::timeout);
        EXPECT_NE(std::string(failure.what()).find("32 other lookups have not ended"),
                  std::string::npos)
            << failure.what();
    }
    EXPECT_EQ(names_.most_hanging(), most);
}

TEST_F(HttpLookup, ThatOfAContainerEndpointCanBeStopped) {
    std::stop_source stop;
    std::jthread fetching([&] {
        EXPECT_THROW(static_cast<void>(system_addresses("c.hanging.invalid", stop.get_token())),
                     dsql::cancelled_error);
    });
    names_.await_hanging(1);
    stop.request_stop();
}

struct proxy_case {
    const char* variable;
    const char* value;  ///< PORT stands for the proxy's port
    const char* no_proxy;
    const char* scheme;
    int lookups_of_proxy;
    int lookups_of_host;
};

// The proxy looks up the host, which the client may be unable to do.
TEST_F(HttpLookup, TheProxyLooksUpTheHost) {
    constexpr const char* proxy = "http://proxy.test.invalid:PORT";
    const proxy_case cases[] = {
        {"http_proxy", proxy, "", "http", 1, 0},
        {"HTTP_PROXY", proxy, "", "http", 0, 1},
        {"all_proxy", proxy, "", "http", 1, 0},
        {"ALL_PROXY", proxy, "", "https", 1, 0},
        {"https_proxy", proxy, "", "https", 1, 0},
        {"HTTPS_PROXY", proxy, "", "https", 1, 0},
        {"https_proxy", proxy, "", "http", 0, 1},
        {"http_proxy", "", "", "http", 0, 1},
        {"http_proxy", "user:hunter2@Proxy.test.invalid:PORT", "", "http", 1, 0},
        {"http_proxy", "proxy.test.invalid", "", "http", 1, 0},
        {"http_proxy", "http://127.0.0.1:PORT", "", "http", 0, 0},
        {"http_proxy", "http://localhost:PORT", "", "http", 0, 0},
        {"http_proxy", "http://[::1]:PORT", "", "http", 0, 0},
        {"https_proxy", "https://proxy.test.invalid:PORT", "", "https", 1, 0},
        {"https_proxy", "https://proxy.test.invalid", "", "https", 1, 0},
        {"https_proxy", "socks5h://proxy.test.invalid:PORT", "", "https", 1, 0},
        {"https_proxy", "socks4a://proxy.test.invalid", "", "https", 1, 0},
        {"https_proxy", "socks5://proxy.test.invalid:PORT", "", "https", 1, 1},
        {"https_proxy", "socks4://proxy.test.invalid:PORT", "", "https", 1, 1},
        {"https_proxy", "socks9://proxy.test.invalid:PORT", "", "https", 0, 0},
        {"https_proxy", "http://proxy.test.invalid:port", "", "https", 0, 0},
        {"https_proxy", "socks9://proxy.test.invalid:PORT", "*", "https", 0, 1},
        {"https_proxy", proxy, "*", "https", 0, 1},
        {"https_proxy", proxy, "host.test.invalid", "https", 0, 1},
        {"https_proxy", proxy, "other.invalid, .test.invalid", "https", 0, 1},
        {"https_proxy", proxy, "host.test", "https", 1, 0},
    };
    const loopback_server closing([](int) {});
    for (const proxy_case& one : cases) {
        SCOPED_TRACE(std::string(one.variable) + "=" + one.value + " no_proxy=" + one.no_proxy);
        scoped_environment variables;
        std::string value = one.value;
        if (const std::size_t port = value.find("PORT"); port != std::string::npos) {
            value.replace(port, 4, std::to_string(closing.port()));
        }
        variables.set(one.variable, value);
        variables.set("no_proxy", one.no_proxy);
        const int proxy_before =
            names_.lookups_of("proxy.test.invalid") + names_.lookups_of("Proxy.test.invalid");
        const int host_before = names_.lookups_of("host.test.invalid");
        names_.set("proxy.test.invalid", {"127.0.0.1"});
        names_.set("Proxy.test.invalid", {"127.0.0.1"});
        names_.set("host.test.invalid", {"127.0.0.1"});
        const http_failure failure = failure_of(request_for(
            std::string(one.scheme) + "://host.test.invalid:" + std::to_string(closing.port())));
        EXPECT_NE(failure.kind(), http_failure_kind::timeout) << failure.what();
        EXPECT_EQ(names_.lookups_of("proxy.test.invalid") +
                      names_.lookups_of("Proxy.test.invalid") - proxy_before,
                  one.lookups_of_proxy)
            << failure.what();
        EXPECT_EQ(names_.lookups_of("host.test.invalid") - host_before, one.lookups_of_host)
            << failure.what();
    }
}

TEST_F(HttpLookup, ARequestGoesThroughAProxyThatHasAName) {
    const http_server proxy{{.body = "from the proxy"}};
    names_.set("proxy.test.invalid", {"127.0.0.1"});
    environment_.set("http_proxy", at("user:hunter2@proxy.test.invalid", proxy));
    for (const char* url : {"http://host.test.invalid/", "http://10.1.2.3/", "http://[fd00::1]/",
                            "http://localhost/"}) {
        EXPECT_EQ(send(request_for(url)).body, "from the proxy") << url;
        EXPECT_EQ(proxy.requests().back().target, url);
    }
    EXPECT_EQ(names_.lookups_of("host.test.invalid"), 0);
}

TEST_F(HttpLookup, AnUnknownProxyIsNamedByItsVariable) {
    names_.fail("hunter2.invalid", EAI_NONAME);
    environment_.set("all_proxy", "http://hunter2.invalid:8080");
    const http_failure failure = failure_of(request_for("https://host.test.invalid/"));
    EXPECT_EQ(failure.kind(), http_failure_kind::resolve);
    EXPECT_EQ(failure.what(), std::string("https://host.test.invalid:443: cannot look up the "
                                          "name: ") +
                                  gai_strerror(EAI_NONAME) +
                                  " (of the proxy that all_proxy names)");
    EXPECT_EQ(names_.lookups_of("host.test.invalid"), 0);
}

// As in a network whose name server does not know the metadata endpoint's proxy either.
TEST_F(HttpLookup, ARequestThatUsesNoProxyDoesNotLookItUp) {
    const http_server server{{.body = "direct"}};
    names_.set("host.test.invalid", {"127.0.0.1"});
    environment_.set("all_proxy", "http://proxy.test.invalid:8080");
    http_request request = request_for(at("host.test.invalid", server));
    request.use_proxy = false;
    EXPECT_EQ(send(request).body, "direct");
    EXPECT_EQ(names_.lookups_of("proxy.test.invalid"), 0);
}

TEST_F(HttpLookup, APinnedHostIsNotLookedUp) {
    const http_server server{{.body = "pinned"}};
    http_request request = request_for(at("host.test.invalid", server));
    request.addresses = {"127.0.0.1"};
    EXPECT_EQ(send(request).body, "pinned");
    EXPECT_EQ(names_.lookups(), 0);
}

}  // namespace http_lookup_test
