// SPDX-License-Identifier: Apache-2.0
#include "aws/http/http_client.hpp"

#include "aws/http/url.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"
#include "support/tls_server.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

namespace http_client_test {

using namespace dsql::aws;
using namespace std::chrono_literals;

class HttpClient : public testing::Test {
protected:
    HttpClient() { environment_.clear(); }
    scoped_environment environment_;
};

// The file name, without its suffix, by which OpenSSL finds a certificate in a directory.
std::string subject_hash(const std::string& pem) {
    const std::unique_ptr<BIO, int (*)(BIO*)> memory(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), &X509_free);
    char text[9];
    std::snprintf(&text[0], sizeof text, "%08lx", X509_subject_name_hash(certificate.get()));
    return &text[0];
}

http_failure_kind failure_of(const http_request& request, const std::stop_token& stop = {}) {
    try {
        static_cast<void>(send(request, stop));
    } catch (const http_failure& failure) {
        return failure.kind();
    }
    throw std::runtime_error("there was an answer");
}

TEST_F(HttpClient, SendsMethodHeadersAndBodyAndReturnsTheResponse) {
    const http_server server{{.status = 418, .body = "short", .headers = {{"X-Kind", "teapot"}}}};
    const http_response response =
        send({.method = "POST",
              .url = server.url() + "/a/b?c=d",
              .headers = {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/plain"}},
              .body = std::string("a\0b", 3)});
    EXPECT_EQ(response.status, 418);
    EXPECT_EQ(response.body, "short");
    EXPECT_EQ(response.header("x-kind"), "teapot");
    EXPECT_EQ(response.header("x-other"), "");
    ASSERT_EQ(server.requests().size(), 1U);
    const received_request request = server.requests()[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/a/b?c=d");
    EXPECT_EQ(request.headers.at("x-one"), "1");
    EXPECT_EQ(request.headers.at("x-empty"), "");
    EXPECT_EQ(request.headers.at("content-type"), "text/plain");
    EXPECT_EQ(request.body, std::string("a\0b", 3));
}

TEST_F(HttpClient, PutWithoutABodyHasLengthZero) {
    const http_server server{canned_response{}};
    static_cast<void>(send({.method = "PUT", .url = server.url()}));
    EXPECT_EQ(server.requests().at(0).headers.at("content-length"), "0");
}

TEST_F(HttpClient, DoesNotFollowARedirect) {
    const http_server target{{.body = "secret"}};
    const http_server server{{.status = 302, .headers = {{"Location", target.url()}}}};
    EXPECT_EQ(send({.url = server.url()}).status, 302);
    EXPECT_TRUE(target.requests().empty());
}

TEST_F(HttpClient, AnOversizedResponseIsAnError) {
    const http_server server{{.body = std::string(1001, 'x')}};
    http_request request{.url = server.url()};
    request.max_response_size = 1001;
    EXPECT_EQ(send(request).body.size(), 1001U);
    request.max_response_size = 1000;
    EXPECT_EQ(failure_of(request), http_failure_kind::too_large);
}

TEST_F(HttpClient, ASilentServerIsATimeout) {
    const http_server server{{.silent = true}};
    http_request request{.url = server.url()};
    request.timeout = 50ms;
    EXPECT_EQ(failure_of(request), http_failure_kind::timeout);
}

TEST_F(HttpClient, AStopEndsTheWait) {
    const http_server server{{.silent = true}};
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(failure_of({.url = server.url()}, stop.get_token()), http_failure_kind::stopped);
}

TEST_F(HttpClient, FailuresHaveTheirKind) {
    const http_server cutting{{.cut = true}};
    EXPECT_EQ(failure_of({.url = cutting.url()}), http_failure_kind::connect);
    EXPECT_EQ(failure_of({.url = "http://name.invalid/"}), http_failure_kind::resolve);
    EXPECT_EQ(failure_of({.url = "not a url"}), http_failure_kind::bad_request);
    EXPECT_EQ(failure_of({.url = "file:///etc/passwd"}), http_failure_kind::bad_request);
    const loopback_server no_tls(
        [](int connection) { ASSERT_EQ(::send(connection, "no TLS here", 11, MSG_NOSIGNAL), 11); });
    EXPECT_EQ(failure_of({.url = "https://127.0.0.1:" + std::to_string(no_tls.port())}),
              http_failure_kind::connect);
}

TEST_F(HttpClient, AUrlWithAZeroByteIsNotRequested) {
    const http_server server{canned_response{}};
    const std::string url = server.url() + '\0' + ".amazonaws.com/";
    EXPECT_EQ(failure_of({.url = url}), http_failure_kind::bad_request);
    EXPECT_EQ(shown_url(url), "an endpoint that is no URL");
    EXPECT_EQ(shown_url("https:/user:hunter2@host/?u=https://x"), "an endpoint that is no URL");
    EXPECT_EQ(shown_url("https://host\x9b.example/"), "https://host?.example/");
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClient, AHeaderCannotInjectAnother) {
    const http_server server{canned_response{}};
    for (const char* value : {"a\r\nX-Evil: 1", "a\nb", "a\rb"}) {
        EXPECT_EQ(failure_of({.url = server.url(), .headers = {{"Authorization", value}}}),
                  http_failure_kind::bad_request);
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClient, MessagesShowNeitherQueryNorUserinfo) {
    const std::string message = thrown_message<http_failure>([] {
        static_cast<void>(send({.url = "http://user:hunter2@name.invalid/path?token=hunter3"}));
    });
    EXPECT_NE(message.find("http://name.invalid:80"), std::string::npos) << message;
    EXPECT_EQ(message.find("hunter"), std::string::npos) << message;
}

TEST_F(HttpClient, MessagesShowNoPasswordOfAProxy) {
    const std::string long_one = "hunter2" + std::string(500, 'x');
    for (const std::string& proxy :
         {std::string("foo://user:hunter2@127.0.0.1:1"), std::string("http://user:hunter2@[/"),
          std::string("user:hunter2@[/"), std::string("user:hunter2@127.0.0.1:port"),
          std::string("user:hunter2"), std::string("http://user:hunter2"),
          std::string("http://user:'hunter2@[/"), std::string("http://user:hunter2'@h:port"),
          std::string("http://user:hun ter2@hunter2:1"), "http://user:" + long_one + "@[/",
          "http://user:" + long_one, std::string("socks9://user:hunter2@h")}) {
        environment_.set("http_proxy", proxy);
        const std::string message = thrown_message<http_failure>(
            [] { static_cast<void>(send({.url = "http://name.invalid/"})); });
        EXPECT_EQ(message.find("hunter"), std::string::npos) << message;
    }
}

// The error of a request that trusts the server's certificate: the server then closes the
// connection.
constexpr auto trusted = http_failure_kind::connect;

TEST_F(HttpClient, TrustsTheCertificatesOfOpenSslsVariables) {
    const tls_server server({.chooses_alpn = false});
    const http_request request{.url = "https://localhost:" + std::to_string(server.port())};
    EXPECT_EQ(failure_of(request), http_failure_kind::tls);
    const temporary_file certificate(server.certificate_pem());
    environment_.set("SSL_CERT_FILE", certificate.path());
    EXPECT_EQ(failure_of(request), trusted);

    const temporary_directory directory;
    std::filesystem::copy(certificate.path(),
                          directory / (subject_hash(server.certificate_pem()) + ".0"));
    environment_.set("SSL_CERT_DIR", "/nonexistent:" + directory.path().string());
    EXPECT_EQ(failure_of(request), trusted);
    environment_.unset("SSL_CERT_FILE");
    EXPECT_EQ(failure_of(request), trusted);
    environment_.unset("SSL_CERT_DIR");
    EXPECT_EQ(failure_of(request), http_failure_kind::tls);
}

TEST_F(HttpClient, ABundleOfTheRequestReplacesAllOthers) {
    const tls_server server({.chooses_alpn = false});
    const tls_server other({.chooses_alpn = false});
    const temporary_file certificate(server.certificate_pem());
    const temporary_file another(other.certificate_pem());
    http_request request{.url = "https://localhost:" + std::to_string(server.port()),
                         .ca_bundle = another.path()};
    environment_.set("SSL_CERT_FILE", certificate.path());
    EXPECT_EQ(failure_of(request), http_failure_kind::tls);
    request.ca_bundle = certificate.path();
    environment_.set("SSL_CERT_FILE", another.path());
    EXPECT_EQ(failure_of(request), trusted);
}

TEST_F(HttpClient, AMissingTrustStoreIsNamed) {
    const tls_server server({.chooses_alpn = false});
    environment_.set("SSL_CERT_FILE", "/nonexistent/roots.pem");
    const std::string message = thrown_message<http_failure>([&] {
        static_cast<void>(send({.url = "https://localhost:" + std::to_string(server.port())}));
    });
    EXPECT_NE(message.find("SSL_CERT_FILE"), std::string::npos) << message;
    EXPECT_NE(message.find("/nonexistent/roots.pem"), std::string::npos) << message;
}

TEST_F(HttpClient, UsesTheProxyOfTheEnvironmentUnlessDisabled) {
    const http_server proxy{{.body = "from the proxy"}};
    const http_server server{{.body = "direct"}};
    environment_.set("http_proxy", proxy.url());
    EXPECT_EQ(send({.url = server.url()}).body, "from the proxy");
    EXPECT_EQ(proxy.requests().at(0).target, server.url() + "/");
    http_request request{.url = server.url()};
    request.use_proxy = false;
    EXPECT_EQ(send(request).body, "direct");
    environment_.set("no_proxy", "127.0.0.1");
    EXPECT_EQ(send({.url = server.url()}).body, "direct");
}

TEST_F(HttpClient, ConnectsToThePinnedAddresses) {
    const http_server server{{.body = "pinned"}};
    http_request request{.url = "http://name.invalid:" + std::to_string(server.port())};
    request.addresses = {"::1", "127.0.0.1"};  // the first address has no listener
    EXPECT_EQ(send(request).body, "pinned");
    EXPECT_EQ(server.requests().at(0).headers.at("host"),
              "name.invalid:" + std::to_string(server.port()));
}

}  // namespace http_client_test
