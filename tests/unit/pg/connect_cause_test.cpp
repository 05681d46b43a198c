// SPDX-License-Identifier: Apache-2.0
// Why a connect failed: each case with English and with translated messages.
#include <dsql/error.hpp>

#include "pg/connect/open_connection.hpp"
#include "support/loopback_server.hpp"
#include "support/temporary_file.hpp"
#include "support/tls_server.hpp"
#include "support/translated_messages.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace connect_cause_test {

using dsql::connection_error;
using dsql::connection_phase;
using namespace std::chrono_literals;

connection_error failure_at(int port, const std::string& certificate) {
    try {
        static_cast<void>(dsql::pg::open_connection({.host = "localhost",
                                                     .host_address = "127.0.0.1",
                                                     .port = port,
                                                     .user = "app",
                                                     .database = "postgres",
                                                     .password = "token",
                                                     .application_name = "test",
                                                     .ssl_root_cert = certificate},
                                                    dsql::pg::deadline(60s), {}));
    } catch (const connection_error& failure) {
        return failure;
    }
    throw std::runtime_error("connected");
}

// Returns the path of a certificate that libpq can read.
const std::string& some_certificate() {
    static const tls_server server({});
    static const temporary_file file(server.certificate_pem());
    return file.path();
}

// Reads the first bytes from the client. Accepts the request for TLS that versions before 17 send.
void read_beginning(int connection) {
    std::array<char, 4096> part{};
    if (recv(connection, part.data(), 1, MSG_PEEK) == 1 && part[0] == 0) {
        recv(connection, part.data(), 8, MSG_WAITALL);
        send(connection, "S", 1, MSG_NOSIGNAL);
    }
    recv(connection, part.data(), part.size(), 0);
}

void say(int connection, std::string_view text) {
    read_beginning(connection);
    send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    shutdown(connection, SHUT_WR);
    std::array<char, 4096> rest{};
    while (recv(connection, rest.data(), rest.size(), 0) > 0) {
    }
}

void reset(int connection) {
    read_beginning(connection);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

struct peer_case {
    const char* name;
    std::function<void(int)> peer;
    int code;  // of the system; 0: none
    bool is_transient;
};

void PrintTo(const peer_case& one, std::ostream* out) {
    *out << one.name;
}

class ConnectCause : public testing::TestWithParam<std::tuple<peer_case, bool>> {
protected:
    void SetUp() override {
        if (std::get<1>(GetParam())) {
            if (!translated_messages::work()) {
                GTEST_SKIP() << "the C library has no German messages here";
            }
            german_.emplace();
        }
    }

private:
    std::optional<translated_messages> german_;
};

TEST_P(ConnectCause, IsKnownWhateverTheLanguage) {
    const peer_case& one = std::get<0>(GetParam());
    const loopback_server server(one.peer);
    const connection_error failure = failure_at(server.port(), some_certificate());
    EXPECT_EQ(failure.phase(), connection_phase::tls) << failure.what();
    EXPECT_EQ(failure.code().value(), one.code) << failure.what();
    EXPECT_EQ(failure.is_transient(), one.is_transient) << failure.what();
}

constexpr std::string_view handshake_failure("\x15\x03\x03\x00\x02\x02\x28", 7);
constexpr std::string_view half_a_record("\x16\x03\x03\x00\x7a\x02\x00", 7);

INSTANTIATE_TEST_SUITE_P(
    Handshakes, ConnectCause,
    testing::Combine(
        testing::Values(
            peer_case{"ClosedAtOnce", [](int) {}, ECONNRESET, true},
            peer_case{"ClosedAfterTheHello", [](int c) { say(c, ""); }, ECONNRESET, true},
            peer_case{"ClosedWithinARecord", [](int c) { say(c, half_a_record); }, ECONNRESET,
                      true},
            peer_case{"Reset", &reset, ECONNRESET, true},
            peer_case{"Alert", [](int c) { say(c, handshake_failure); }, 0, false},
            peer_case{"NoTls", [](int c) { say(c, "HTTP/1.1 400 Bad Request\r\n\r\n"); }, 0,
                      false}),
        testing::Bool()),
    [](const testing::TestParamInfo<ConnectCause::ParamType>& one) {
        return std::string(std::get<0>(one.param).name) +
               (std::get<1>(one.param) ? "InGerman" : "InEnglish");
    });

TEST(ConnectCauseOf, ARefusedPortIsTheSystems) {
    int port = 0;
    {
        const loopback_server server([](int) {});
        port = server.port();
    }
    const connection_error failure = failure_at(port, some_certificate());
    EXPECT_EQ(failure.phase(), connection_phase::tcp);
    EXPECT_EQ(failure.code(), std::error_code(ECONNREFUSED, std::system_category()));
    EXPECT_TRUE(failure.is_transient());
    EXPECT_NE(std::string(failure.what()).find("127.0.0.1"), std::string::npos) << failure.what();
}

TEST(ConnectCauseOf, ACertificateIsAVerdict) {
    const tls_server stranger({});
    const tls_server other_name({.name = "elsewhere"});
    const temporary_file its_certificate(other_name.certificate_pem());
    for (const connection_error& failure :
         {failure_at(stranger.port(), some_certificate()),
          failure_at(other_name.port(), its_certificate.path())}) {
        EXPECT_EQ(failure.phase(), connection_phase::tls) << failure.what();
        EXPECT_FALSE(failure.code()) << failure.what();
        EXPECT_FALSE(failure.is_transient()) << failure.what();
    }
}

}  // namespace connect_cause_test
