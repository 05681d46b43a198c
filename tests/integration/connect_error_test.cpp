// SPDX-License-Identifier: Apache-2.0
// Every reason for which a connect fails has its own error, and none makes the connect hang.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "pg/connect/open_connection.hpp"
#include "support/loopback_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <string>

namespace connect_error_test {

using dsql::config;
using dsql::connection_error;
using dsql::connection_phase;
using namespace std::chrono_literals;

struct connect_failure {
    connection_phase phase = connection_phase::established;
    std::string what{};
    std::string server_message{};
    std::string hint{};
};

connect_failure failed_connect(const std::function<void()>& connecting) {
    try {
        connecting();
    } catch (const connection_error& failure) {
        return {failure.phase(), failure.what(), failure.server_message(), failure.hint()};
    }
    ADD_FAILURE() << "the connection was not refused";
    return {};
}

connect_failure failed_connect(const config& settings) {
    return failed_connect([&] { static_cast<void>(dsql::connect(settings)); });
}

// Logs in with a token, which must be rejected.
connect_failure failed_connect_with_token(const std::string& token,
                                          const std::string& user = "admin") {
    return failed_connect([&] {
        const dsql::endpoint endpoint = dsql::resolve_endpoint(endpoint_under_test());
        static_cast<void>(dsql::pg::open_connection({.host = endpoint.host,
                                                     .host_address = endpoint.host_address,
                                                     .port = endpoint.port,
                                                     .user = user,
                                                     .database = "postgres",
                                                     .password = token,
                                                     .application_name = "connect_error_test",
                                                     .ssl_root_cert = endpoint.ssl_root_cert},
                                                    dsql::pg::deadline(10s), {}));
    });
}

void expect_access_denied(const connect_failure& seen, const std::string& cause) {
    EXPECT_EQ(seen.phase, connection_phase::auth);
    EXPECT_EQ(seen.server_message, "unable to accept connection, access denied");
    EXPECT_NE(seen.hint.find(cause), std::string::npos) << seen.hint;
    EXPECT_NE(seen.what.find(seen.hint), std::string::npos) << "the text holds the HINT";
    EXPECT_EQ(seen.what.find("X-Amz-Signature"), std::string::npos) << "the token is shown";
}

TEST(ConnectError, WrongSecret) {
    config settings = endpoint_under_test();
    settings.credentials =
        dsql::static_credentials({.access_key_id = required_variable("AWS_ACCESS_KEY_ID"),
                                  .secret_access_key = "not-the-secret",
                                  .session_token = required_variable("AWS_SESSION_TOKEN")});
    const connect_failure seen = failed_connect(settings);
    expect_access_denied(seen, "ignature");
    EXPECT_EQ(seen.what.find("not-the-secret"), std::string::npos);
}

TEST(ConnectError, ExpiredToken) {
    const auto then = std::chrono::system_clock::now() - 901s;
    expect_access_denied(
        failed_connect_with_token(dsql::generate_token(endpoint_under_test(), then)),
        "Signature expired");
}

TEST(ConnectError, TokenFromTheFuture) {
    const auto then = std::chrono::system_clock::now() + 1h;
    expect_access_denied(
        failed_connect_with_token(dsql::generate_token(endpoint_under_test(), then)), "");
}

TEST(ConnectError, TokenForAnotherHost) {
    config other = endpoint_under_test();
    other.host = "zzzzzzzzzzzzzzzzzzzzzzzzzz" + other.host.substr(26);
    expect_access_denied(failed_connect_with_token(dsql::generate_token(other)), "host");
}

TEST(ConnectError, NonAdminTokenForAdmin) {
    config app = endpoint_under_test();
    app.user = "app";
    expect_access_denied(failed_connect_with_token(dsql::generate_token(app)),
                         "Wrong user to action mapping. user: admin, action: DbConnect");
}

TEST(ConnectError, AdminTokenForAnotherRole) {
    expect_access_denied(
        failed_connect_with_token(dsql::generate_token(endpoint_under_test()), "app"),
        "Wrong user to action mapping. user: app, action: DbConnectAdmin");
}

TEST(ConnectError, CertificateForAnotherHost) {
    config settings = endpoint_under_test();
    settings.host = "cluster.example.com";
    settings.region = required_variable("AWS_REGION");
    const connect_failure seen = failed_connect(settings);
    EXPECT_EQ(seen.phase, connection_phase::tls);
    EXPECT_NE(seen.what.find("cluster.example.com"), std::string::npos) << seen.what;
}

TEST(ConnectError, UnknownCertificateAuthority) {
    config settings = endpoint_under_test();
    settings.ssl_root_cert = "/etc/ssl/certs/ca-certificates.crt";
    const connect_failure seen = failed_connect(settings);
    EXPECT_EQ(seen.phase, connection_phase::tls);
    EXPECT_NE(seen.what.find("certificate verify failed"), std::string::npos) << seen.what;
}

TEST(ConnectError, AnExplicitSystemTrustStoreWinsOverTheEnvironment) {
    config settings = endpoint_under_test();
    settings.ssl_root_cert = "system";
    EXPECT_EQ(failed_connect(settings).phase, connection_phase::tls);
}

TEST(ConnectError, UnreadableTrustFile) {
    config settings = endpoint_under_test();
    settings.ssl_root_cert = "/nonexistent/ca.pem";
    EXPECT_THROW(static_cast<void>(dsql::connect(settings)), dsql::config_error);
}

// The port has no listener, so a connect would give a different error.
TEST(ConnectError, ATrustFileWithoutCertificatesFailsBeforeConnecting) {
    const temporary_file empty("");
    config settings = endpoint_under_test();
    settings.ssl_root_cert = empty.path();
    settings.port = 1;
    EXPECT_THROW(static_cast<void>(dsql::connect(settings)), dsql::config_error);
    dsql::pool pool(settings);
    EXPECT_THROW(static_cast<void>(pool.acquire()), dsql::config_error);
}

// Behaves like PostgreSQL without TLS: it responds "N" to an SSLRequest, and an error to anything
// else.
void respond_in_plain_text(int client) {
    char request[8] = "";
    if (recv(client, request, sizeof request, MSG_WAITALL) == 8) {
        const bool asks_for_tls = request[4] == 0x04 && request[5] == static_cast<char>(0xd2);
        const std::string response =
            asks_for_tls ? "N" : "EFATAL:  unsupported frontend protocol\n";
        static_cast<void>(!send(client, response.data(), response.size(), MSG_NOSIGNAL));
    }
}

TEST(ConnectError, PlainTextServer) {
    const loopback_server server(respond_in_plain_text);
    config settings = endpoint_under_test();
    settings.port = server.port();
    const connect_failure seen = failed_connect(settings);
    EXPECT_EQ(seen.phase, connection_phase::tls) << seen.what;
}

TEST(ConnectError, SilentServer) {
    const loopback_server server([](int client) {
        char byte = 0;
        while (recv(client, &byte, 1, 0) > 0) {  // reads until the client gives up
        }
    });
    config settings = endpoint_under_test();
    settings.port = server.port();
    settings.connect_timeout = 200ms;
    try {
        static_cast<void>(dsql::connect(settings));
        FAIL() << "connected to nobody";
    } catch (const dsql::timeout_error& failure) {
        const std::string what = failure.what();
        EXPECT_NE(what.find("phase tls: the server does not answer"), std::string::npos) << what;
        EXPECT_NE(what.find("127.0.0.1, port " + std::to_string(server.port())), std::string::npos)
            << what;
    }
}

TEST(ConnectError, AVeryLongTimeoutDoesNotOverflow) {
    config settings = endpoint_under_test();
    settings.connect_timeout = std::chrono::milliseconds::max();
    EXPECT_TRUE(dsql::connect(settings).is_open());
}

TEST(ConnectError, StopRequestEndsAConnect) {
    std::stop_source source;
    const loopback_server server([&](int client) {
        source.request_stop();
        char byte = 0;
        while (recv(client, &byte, 1, 0) > 0) {
        }
    });
    config settings = endpoint_under_test();
    settings.port = server.port();
    settings.connect_timeout = 1h;
    EXPECT_THROW(static_cast<void>(dsql::connect(settings, source.get_token())),
                 dsql::cancelled_error);
}

TEST(ConnectError, NoListener) {
    int port = 0;
    {
        const loopback_server server([](int) {});
        port = server.port();
    }
    config settings = endpoint_under_test();
    settings.port = port;
    const connect_failure seen = failed_connect(settings);
    EXPECT_EQ(seen.phase, connection_phase::tcp) << seen.what;
    EXPECT_NE(seen.what.find("Connection refused"), std::string::npos) << seen.what;
}

TEST(ConnectError, UnknownHost) {
    scoped_environment environment;
    environment.unset("DSQL_HOST_ADDRESS");
    config settings = endpoint_under_test();
    settings.host = "cluster.invalid";
    settings.region = required_variable("AWS_REGION");
    const connect_failure seen = failed_connect(settings);
    EXPECT_EQ(seen.phase, connection_phase::resolve);
    EXPECT_NE(seen.what.find("cannot look up the name"), std::string::npos) << seen.what;
}

TEST(ConnectError, MissingHostAndPortsOutOfRange) {
    EXPECT_THROW(static_cast<void>(dsql::connect(config{})), dsql::config_error);
    for (const int port : {0, 70000}) {
        config settings = endpoint_under_test();
        settings.port = port;
        EXPECT_THROW(static_cast<void>(dsql::connect(settings)), dsql::config_error);
        EXPECT_THROW(dsql::pool{settings}, dsql::config_error);
    }
}

TEST(ConnectError, UnknownDatabase) {
    config settings = endpoint_under_test();
    settings.database = "nosuch";
    const connect_failure seen = failed_connect(settings);
    EXPECT_EQ(seen.phase, connection_phase::startup);
    EXPECT_EQ(seen.server_message, "database \"nosuch\" does not exist");
}

}  // namespace connect_error_test
