// SPDX-License-Identifier: Apache-2.0
// Clients that do not behave as libpq does, and those that cannot be served.
#include "cli/proxy/proxy_process.hpp"
#include "support/fault_injection.hpp"
#include "support/whole_file.hpp"
#include "wire/messages.hpp"
#include "wire/requests.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace proxy_odd_clients_test {

using namespace proxy_test;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// A client that sends whatever bytes it is told to.
class raw_client {
public:
    explicit raw_client(const proxy_process& proxy) {
        sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
        proxy.socket().copy(address.sun_path, sizeof address.sun_path - 1);
        EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    ~raw_client() { close(socket_); }
    raw_client(const raw_client&) = delete;
    raw_client& operator=(const raw_client&) = delete;

    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }

    // Reads until the proxy closes the connection.
    [[nodiscard]] std::string read_to_the_end() const {
        std::string received;
        std::string part(65'536, '\0');
        pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
        while (poll(&waiting, 1, 60'000) == 1) {
            const ssize_t size = recv(socket_, part.data(), part.size(), 0);
            if (size <= 0) {
                return received;
            }
            received.append(part, 0, static_cast<std::size_t>(size));
        }
        ADD_FAILURE() << "the connection does not end";
        return received;
    }

private:
    const int socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

std::string packet(std::string_view body) {
    std::string bytes;
    wire::append_uint32(bytes, static_cast<std::uint32_t>(body.size() + 4));
    return bytes.append(body);
}

std::string request(wire::request_code code) {
    std::string body;
    wire::append_uint32(body, static_cast<std::uint32_t>(code));
    return packet(body);
}

std::string startup(const wire::startup_parameters& parameters,
                    std::uint32_t version = wire::protocol_version_3_0) {
    return wire::encode_startup_message({.protocol_version = version, .parameters = parameters});
}

// A proxy on the loopback interface.
class tcp_proxy {
public:
    explicit tcp_proxy(const std::vector<std::string>& options)
        : program_(arguments(options), {}, DSQL_COMMAND) {
        const std::string& shown = program_.read_until("    password: in ");
        const std::string address = "listening on 127.0.0.1:";
        const std::size_t at = shown.find(address) + address.size();
        port_ = shown.substr(at, shown.find('\n', at) - at);
    }

    [[nodiscard]] libpq_client connect(const std::string& user = "admin") const {
        const std::string file = password_file();
        const std::vector<const char*> names{"host", "port", "user", "passfile", nullptr};
        const std::vector<const char*> values{"127.0.0.1", port_.c_str(), user.c_str(),
                                              file.c_str(), nullptr};
        return libpq_client(PQconnectdbParams(names.data(), values.data(), 0));
    }

    [[nodiscard]] std::string password_file() const { return directory_ / "password"; }
    dsql_local_test::program& child() { return program_; }

private:
    std::vector<std::string> arguments(const std::vector<std::string>& options) const {
        std::vector<std::string> all{"proxy", "--tcp",           "--local-port",
                                     "0",     "--password-file", password_file()};
        all.insert(all.end(), options.begin(), options.end());
        return all;
    }

    temporary_directory directory_;
    dsql_local_test::program program_;
    std::string port_;
};

class ProxyOddClients : public testing::Test {
private:
    proxy_environment environment_{shared_endpoint()};
};

TEST_F(ProxyOddClients, AnOddStartIsRefusedAndTheNextClientIsServed) {
    proxy_process proxy;
    const std::string ssl = request(wire::request_code::ssl);
    const std::string no_user = startup({{"database", "postgres"}});
    const std::string unfinished = packet(std::string("\0\3\0\0user\0admin", 14));
    for (const auto& [sent, received] : std::vector<std::pair<std::string, std::string>>{
             {"GET / HTTP/1.1\r\n\r\n", ""},
             {std::string("\x16\x03\x01\x02\x00\x01", 6), ""},  // the ClientHello of TLS
             {std::string(8, '\0'), ""},
             {packet(""), ""},
             {packet(std::string(20'000, 'x')), ""},
             {ssl + ssl + ssl, "NNN"},
             {request(wire::request_code::cancel), ""},
             {startup({{"user", "admin"}}, 0x0002'0000), "unsupported frontend protocol 2.0"},
             {startup({{"user", "admin"}}, 0x0004'0000), "unsupported frontend protocol 4.0"},
             {no_user, "no PostgreSQL user name"},
             {unfinished, "invalid startup packet layout"},
             {startup({{"user", "admin"}, {"replication", "true"}}), "no replication"},
             {startup({{"user", "nobody's \"%s"}, {"database", "x"}}), "database"},
             {startup({{"user", "admin"}, {"a b;--", "1"}}), "unrecognized configuration"},
             {startup({{"user", "admin"}, {"application_name", "\xff\n\x01"}}) +
                  wire::encode_message('X', ""),
              "server_version"}}) {
        const raw_client client(proxy);
        client.send(sent);
        const std::string got = client.read_to_the_end();
        EXPECT_TRUE(received.empty() ? got.empty() : contains(got, received))
            << sent << " got " << got;
    }
    EXPECT_TRUE(contains(proxy.child().read_until_line_with("session 2: "), "begins with TLS"));
    EXPECT_EQ(query(proxy.connect(), "SELECT 1"), "1");
}

TEST_F(ProxyOddClients, WhatIsSentWithTheStartIsPartOfTheSession) {
    const proxy_process proxy;
    const raw_client client(proxy);
    client.send(startup({{"user", "admin"}}) + wire::encode_query("SELECT 'first'") +
                wire::encode_query("SELECT 'second'") + wire::encode_message('X', ""));
    const std::string received = client.read_to_the_end();
    const std::size_t first = received.find("first");
    EXPECT_NE(first, std::string::npos);
    EXPECT_NE(received.find("second", first), std::string::npos);
}

// PostgreSQL processes what it got before it notices that the client is gone, and so does the
// cluster behind the proxy.
TEST_F(ProxyOddClients, AClientMayLeaveRightAfterItsLastStatement) {
    const proxy_process proxy;
    const libpq_client watching = proxy.connect();
    EXPECT_EQ(query(watching, "CREATE TABLE left_behind (id int PRIMARY KEY)"), "CREATE TABLE");
    std::string insert = "INSERT INTO left_behind VALUES (1) /* ";
    insert.append(3'000'000, 'x').append(" */");
    {
        const raw_client client(proxy);
        client.send(startup({{"user", "admin"}}) + wire::encode_query(insert) +
                    wire::encode_message('X', ""));
    }
    constexpr int most_attempts = 10'000;  // the statement is executed a moment later
    std::string count;
    for (int i = 0; i < most_attempts && count != "1"; ++i) {
        count = query(watching, "SELECT count(*) FROM left_behind");
    }
    EXPECT_EQ(count, "1");
}

TEST_F(ProxyOddClients, NamesOfAnyKindKnowThePassword) {
    const tcp_proxy proxy({"--user", "admin"});
    for (const char* name : {"a,b=c", "it's", "\"quoted\"", "äöü€", "back\\slash", " ", "%s%n"}) {
        const libpq_client client = proxy.connect(name);
        EXPECT_EQ(query(client, "SELECT current_user"), "admin")
            << name << ": " << PQerrorMessage(client.get());
    }
}

// A client that negotiates TLS shows no error that comes before the end of the negotiation.
TEST_F(ProxyOddClients, OneClientTooManyIsToldSoOnTcpToo) {
    tcp_proxy proxy({"--max-clients", "1"});
    const libpq_client first = proxy.connect();
    EXPECT_EQ(query(first, "SELECT 1"), "1");
    EXPECT_TRUE(contains(PQerrorMessage(proxy.connect().get()), "dsql proxy has too many clients"));
    PGcancel* const cancel = PQgetCancel(first.get());
    std::string error(256, '\0');
    EXPECT_EQ(PQcancel(cancel, error.data(), static_cast<int>(error.size())), 1) << error;
    PQfreeCancel(cancel);
    kill(proxy.child().id(), SIGTERM);
    EXPECT_EQ(proxy.child().wait(), 0);
    EXPECT_TRUE(contains(proxy.child().output(), "cancel request")) << proxy.child().output();
}

TEST_F(ProxyOddClients, WhatTheClusterRefusesLongerThanAClientWaitsIsTheClientsError) {
    const fault_injection faults(shared_endpoint()["DSQL_LOCAL_ADMIN_SOCKET"]);
    for (const auto& [fault, error] : std::vector<std::pair<std::string, std::string>>{
             {"too-many-connections",
              "FATAL:  Unable to accept connection, too many open connections.\n"},
             {"rate-exceeded", "FATAL:  Unable to accept connection, rate exceeded.\n"}}) {
        const proxy_process proxy({"--user", "admin", "--patience", "1"});
        faults.set(fault);
        const std::string told = PQerrorMessage(proxy.connect().get());
        EXPECT_TRUE(contains(told, error)) << told;
        EXPECT_TRUE(contains(told, "DETAIL:  dsql proxy has tried for 1 s")) << told;
        faults.clear();
    }
}

TEST_F(ProxyOddClients, TheProxyStopsWhateverItsClientsDo) {
    proxy_process proxy({"--user", "admin", "--patience", "3600"});
    const fault_injection faults(shared_endpoint()["DSQL_LOCAL_ADMIN_SOCKET"]);
    const raw_client silent(proxy);
    const raw_client deaf(proxy);
    deaf.send(startup({{"user", "admin"}}) +
              wire::encode_query("SELECT repeat('x', 1000000) FROM generate_series(1, 50)"));
    proxy.child().read_until_line_with("started: ");
    faults.set("too-many-connections");
    const raw_client waiting(proxy);
    waiting.send(startup({{"user", "admin"}}));
    kill(proxy.child().id(), SIGTERM);
    EXPECT_EQ(proxy.child().wait(), 0);
}

TEST_F(ProxyOddClients, ASignalThatWasIgnoredAtTheStartStaysIgnored) {
    const auto before = std::signal(SIGHUP, SIG_IGN);  // as nohup does
    proxy_process proxy;
    static_cast<void>(std::signal(SIGHUP, before));
    kill(proxy.child().id(), SIGHUP);
    EXPECT_EQ(query(proxy.connect(), "SELECT 1"), "1");
    proxy_process other;
    kill(other.child().id(), SIGHUP);
    EXPECT_EQ(other.child().wait(), 0);
}

TEST_F(ProxyOddClients, APasswordFileOfTheNextProxyStays) {
    const temporary_directory directory;
    const std::string file = directory / "password";
    const std::vector<std::string> arguments{"proxy", "--tcp",           "--local-port",
                                             "0",     "--password-file", file};
    dsql_local_test::program first(arguments, {}, DSQL_COMMAND);
    first.read_until("    password: in ");
    const std::string of_first = read_whole_file(file);
    dsql_local_test::program second(arguments, {}, DSQL_COMMAND);
    second.read_until("    password: in ");
    const std::string of_second = read_whole_file(file);
    EXPECT_NE(of_first, of_second);
    kill(first.id(), SIGTERM);
    EXPECT_EQ(first.wait(), 0);
    EXPECT_EQ(read_whole_file(file), of_second);
}

}  // namespace proxy_odd_clients_test
