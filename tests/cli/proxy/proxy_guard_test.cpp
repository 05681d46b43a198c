// SPDX-License-Identifier: Apache-2.0
// Who may use `dsql proxy`, and what clients are told when a session ends.
#include "cli/proxy/proxy_process.hpp"
#include "support/command.hpp"
#include "support/fault_injection.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace proxy_guard_test {

using namespace proxy_test;
using dsql_local_test::endpoint_process;

mode_t mode_of(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 07777;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// Waits for the end of an idle session, and returns what the client was told. libpq has it as a
// notice, because no statement has failed.
std::string last_words(const libpq_client& client) {
    std::string told;
    PQsetNoticeProcessor(
        client.get(), [](void* to, const char* text) { *static_cast<std::string*>(to) += text; },
        &told);
    pollfd waiting{.fd = PQsocket(client.get()), .events = POLLIN, .revents = 0};
    while (PQconsumeInput(client.get()) == 1 && PQisBusy(client.get()) == 0 &&
           PQstatus(client.get()) == CONNECTION_OK) {
        EXPECT_EQ(poll(&waiting, 1, 60'000), 1);
    }
    PQsetNoticeProcessor(client.get(), nullptr, nullptr);
    return told;
}

// Reads from a socket, without libpq, until it ends.
std::string read_to_the_end(int socket) {
    std::string received;
    std::string part(65'536, '\0');
    pollfd waiting{.fd = socket, .events = POLLIN, .revents = 0};
    while (poll(&waiting, 1, 60'000) == 1) {
        const ssize_t size = recv(socket, part.data(), part.size(), 0);
        if (size <= 0) {
            return received;
        }
        received.append(part, 0, static_cast<std::size_t>(size));
    }
    ADD_FAILURE() << "the socket does not end";
    return received;
}

class ProxyGuard : public testing::Test {
private:
    proxy_environment environment_{shared_endpoint()};
};

TEST_F(ProxyGuard, OnlyThisUserMayConnect) {
    proxy_process proxy;
    EXPECT_EQ(mode_of(proxy.socket_directory()), 0700U);
    EXPECT_EQ(mode_of(proxy.socket()), 0600U);
    if (geteuid() != 0) {
        GTEST_SKIP() << "only root can become another user";
    }
    // Even if someone opens the directory and the socket.
    chmod(proxy.directory().path().c_str(), 0755);
    chmod(proxy.socket_directory().c_str(), 0755);
    chmod(proxy.socket().c_str(), 0777);
    const pid_t child = fork();
    if (child == 0) {
        constexpr uid_t nobody = 65'534;
        const bool became = setuid(nobody) == 0;
        const libpq_client client = proxy.connect("user=admin");
        const bool refused = contains(PQerrorMessage(client.get()),
                                      "only the user who runs dsql proxy may connect to it");
        _exit(became && refused ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_EQ(status, 0);
    proxy.child().read_until_line_with("refused: only the user who runs dsql proxy");
}

TEST_F(ProxyGuard, ADirectoryOfOthersIsRefused) {
    const temporary_directory directory;
    chmod(directory.path().c_str(), 0755);
    const auto answer =
        run_command("timeout 20 " DSQL_COMMAND
                    " proxy --host a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws --socket-dir " +
                    directory.path().string());
    EXPECT_EQ(answer.status, 1);
    EXPECT_TRUE(contains(answer.errors, "mode 0700")) << answer.errors;
}

TEST_F(ProxyGuard, ALinkToADirectoryIsNotFollowed) {
    const temporary_directory directory;
    const std::string target = directory / "target";
    const std::string link = directory / "link";
    std::filesystem::create_directory(target);
    chmod(target.c_str(), 0700);
    std::filesystem::create_directory_symlink(target, link);
    for (const std::string& named : {link, link + "/"}) {
        const auto answer =
            run_command("timeout 20 " DSQL_COMMAND " proxy --user admin --socket-dir " + named);
        EXPECT_EQ(answer.status, 1);
        EXPECT_TRUE(contains(answer.errors, "is not a directory of yours")) << answer.errors;
    }
}

TEST_F(ProxyGuard, TheModesDoNotDependOnTheUmask) {
    for (const mode_t mask : {0U, 0777U}) {
        const mode_t before = umask(mask);
        const proxy_process proxy;
        umask(before);
        EXPECT_EQ(mode_of(proxy.socket_directory()), 0700U) << mask;
        EXPECT_EQ(mode_of(proxy.socket()), 0600U) << mask;
    }
}

// Such as a PostgreSQL server, which knows nothing of the proxy's lock.
TEST_F(ProxyGuard, ASocketOfAnotherProgramIsNotReplaced) {
    const temporary_directory directory;
    chmod(directory.path().c_str(), 0700);
    const std::string path = directory / ".s.PGSQL.5432";
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(bind(other, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(other, 1), 0);
    const std::string command =
        "timeout 20 " DSQL_COMMAND " proxy --user admin --socket-dir " + directory.path().string();
    EXPECT_TRUE(contains(run_command(command).errors, "another program has " + path));
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    close(client);
    close(other);
}

TEST_F(ProxyGuard, OneProxyHasASocketAndALeftoverIsReplaced) {
    proxy_process first;
    const std::string command =
        "timeout 20 " DSQL_COMMAND " proxy --user admin --socket-dir " + first.socket_directory();
    EXPECT_TRUE(contains(run_command(command).errors, "another dsql proxy listens on"));
    kill(first.child().id(), SIGKILL);
    EXPECT_EQ(first.child().wait(), -SIGKILL);
    EXPECT_TRUE(std::filesystem::exists(first.socket()));
    dsql_local_test::program second(
        {"proxy", "--user", "admin", "--socket-dir", first.socket_directory()}, {}, DSQL_COMMAND);
    second.read_until("listening on ");
    EXPECT_EQ(query(first.connect(), "SELECT 1"), "1");
    kill(second.id(), SIGTERM);
    EXPECT_EQ(second.wait(), 0);
    EXPECT_FALSE(std::filesystem::exists(first.socket()));
}

TEST_F(ProxyGuard, TheLoopbackInterfaceNeedsThePassword) {
    const temporary_directory directory;
    const std::string file = directory / "password";
    dsql_local_test::program proxy({"proxy", "--tcp", "--local-port", "0", "--password-file", file},
                                   {}, DSQL_COMMAND);
    const std::string& shown = proxy.read_until("    password: in ");
    const std::string address = "listening on 127.0.0.1:";
    const std::size_t at = shown.find(address) + address.size();
    const std::string port = shown.substr(at, shown.find('\n', at) - at);
    EXPECT_EQ(mode_of(file), 0600U);
    const auto connect = [&port](const std::string& parameters) {
        return libpq_client(
            PQconnectdb(("host=127.0.0.1 user=admin port=" + port + " " + parameters).c_str()));
    };
    EXPECT_EQ(query(connect("passfile=" + file), "SELECT current_user"), "admin");
    EXPECT_EQ(query(connect("channel_binding=disable require_auth=scram-sha-256 passfile=" + file),
                    "SELECT 1"),
              "1");
    for (const char* parameters : {"password=wrong", "password=''", "user=root password=x"}) {
        EXPECT_TRUE(contains(PQerrorMessage(connect(parameters).get()),
                             std::string(parameters) == "password=''"
                                 ? "no password supplied"
                                 : "password authentication failed"))
            << parameters;
    }
    const std::string password = read_whole_file(file);
    kill(proxy.id(), SIGTERM);
    EXPECT_EQ(proxy.wait(), 0);
    const std::string secret = password.substr(password.rfind(':') + 1, 32);
    EXPECT_FALSE(contains(proxy.output(), secret)) << proxy.output();
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(ProxyGuard, AnotherFileIsNotOverwrittenByThePassword) {
    const temporary_directory directory;
    const std::string file = directory / "pgpass";
    std::ofstream(file) << "db.example.com:5432:*:me:precious\n";
    const auto answer = run_command(
        "timeout 20 " DSQL_COMMAND " proxy --tcp --local-port 0 --password-file " + file);
    EXPECT_EQ(answer.status, 1);
    EXPECT_TRUE(contains(answer.errors, "is not a file that dsql proxy has written"));
    EXPECT_EQ(read_whole_file(file), "db.example.com:5432:*:me:precious\n");
    const auto piped = run_command("timeout 20 " DSQL_COMMAND " proxy --tcp --local-port 0");
    EXPECT_EQ(piped.status, 1);
    EXPECT_TRUE(contains(piped.errors, "--password-file")) << piped.errors;
}

TEST_F(ProxyGuard, AClientIsToldThatTheProxyStops) {
    proxy_process proxy;
    const libpq_client client = proxy.connect();
    EXPECT_EQ(query(client, "SELECT 1"), "1");
    kill(proxy.child().id(), SIGTERM);
    EXPECT_EQ(proxy.child().wait(), 0);
    EXPECT_TRUE(contains(last_words(client), "dsql proxy stops"));
    EXPECT_TRUE(contains(proxy.child().output(), "ended after")) << proxy.child().output();
}

// A message of the proxy would not be one after the half of a row.
TEST_F(ProxyGuard, ARowThatIsCutOffIsNotFollowedByAMessage) {
    proxy_process proxy;
    const fault_injection faults(shared_endpoint()["DSQL_LOCAL_ADMIN_SOCKET"]);
    const libpq_client client = proxy.connect();
    faults.set("close-after value=100000");
    ASSERT_EQ(PQsendQuery(client.get(), "SELECT repeat('x', 1000000)"), 1);
    const std::string received = read_to_the_end(PQsocket(client.get()));
    EXPECT_GT(received.size(), 50'000U);
    EXPECT_EQ(received.find_last_not_of('x'), received.find("xxx") - 1);
    proxy.child().read_until_line_with("by the cluster, without an error message");
}

TEST_F(ProxyGuard, WhatTheClusterRefusesOnlyForNowIsTriedAgain) {
    proxy_process proxy;
    const fault_injection faults(shared_endpoint()["DSQL_LOCAL_ADMIN_SOCKET"]);
    for (const char* fault : {"rate-exceeded times=1", "waking-up times=2"}) {
        faults.set(fault);
        EXPECT_EQ(query(proxy.connect(), "SELECT 1"), "1") << fault;
    }
}

TEST_F(ProxyGuard, MoreClientsThanAllowedAreRefused) {
    proxy_process proxy({"--user", "admin", "--max-clients", "1"});
    libpq_client first = proxy.connect();
    EXPECT_EQ(query(first, "SELECT 1"), "1");
    EXPECT_TRUE(contains(PQerrorMessage(proxy.connect().get()), "too many clients"));
    first.reset();
    libpq_client next = proxy.connect();
    constexpr int most_attempts = 10'000;  // the proxy notices the end a moment later
    for (int i = 0; i < most_attempts && PQstatus(next.get()) != CONNECTION_OK; ++i) {
        next = proxy.connect();
    }
    EXPECT_EQ(query(next, "SELECT 1"), "1");
}

TEST_F(ProxyGuard, AServiceManagerIsToldWhenClientsCanConnect) {
    const temporary_directory directory;
    const std::string path = directory / "notify";
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const int listening = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    scoped_environment variable;
    variable.set("NOTIFY_SOCKET", path);
    const proxy_process proxy;
    std::string told(64, '\0');
    const ssize_t size = recv(listening, told.data(), told.size(), 0);
    close(listening);
    ASSERT_GT(size, 0);
    EXPECT_EQ(told.substr(0, static_cast<std::size_t>(size)), "READY=1");
    EXPECT_EQ(query(proxy.connect(), "SELECT 1"), "1");
}

// An endpoint that closes its connections after a second, with keys that can change.
class ProxyOfAnEndpoint : public testing::Test {
protected:
    ProxyOfAnEndpoint() {
        environment_.emplace(*endpoint_);
        keys_.unset("AWS_ACCESS_KEY_ID");
        keys_.unset("AWS_SECRET_ACCESS_KEY");
        keys_.set("AWS_SHARED_CREDENTIALS_FILE", *directory_ / "credentials");
    }

    static void SetUpTestSuite() {
        directory_ = std::make_unique<temporary_directory>();
        rotate_to("AKIAFIRST", "first-secret");
        endpoint_ = std::make_unique<endpoint_process>(std::vector<std::string>{
            "--session-time-limit", "1", "--keys-file", *directory_ / "keys"});
    }
    static void TearDownTestSuite() {
        endpoint_.reset();
        directory_.reset();
    }

    // The endpoint and the proxy read the keys from files of their own.
    static void rotate_to(const std::string& id, const std::string& secret) {
        replace(*directory_ / "keys",
                "access_key_id=" + id + "\nsecret_access_key=" + secret + "\n");
        replace(*directory_ / "credentials",
                "[default]\naws_access_key_id=" + id + "\naws_secret_access_key=" + secret + "\n");
    }

private:
    static void replace(const std::string& file, const std::string& content) {
        write_whole_file(file + ".new", content);
        std::filesystem::rename(file + ".new", file);
    }

    static inline std::unique_ptr<temporary_directory> directory_;
    static inline std::unique_ptr<endpoint_process> endpoint_;
    std::optional<proxy_environment> environment_;
    scoped_environment keys_;
};

TEST_F(ProxyOfAnEndpoint, AClientIsToldThatTheClusterHasClosedItsConnection) {
    proxy_process proxy;
    const libpq_client idle = proxy.connect();
    const libpq_client busy = proxy.connect();
    EXPECT_EQ(query(idle, "SELECT 1"), "1");
    ASSERT_EQ(PQsendQuery(busy.get(), "SELECT pg_sleep(30)"), 1);
    const std::string told = last_words(idle);
    EXPECT_TRUE(contains(told, "FATAL:  terminating connection: Aurora DSQL has closed it after"))
        << told;
    EXPECT_TRUE(contains(told, "Aurora DSQL closes every connection after 60 minutes")) << told;
    EXPECT_FALSE(contains(told, "under way")) << told;
    const libpq_result failed(PQgetResult(busy.get()));
    EXPECT_STREQ(PQresultErrorField(failed.get(), PG_DIAG_SQLSTATE), "08006");
    EXPECT_TRUE(contains(PQresultErrorMessage(failed.get()), "it may have run"));
    proxy.child().read_until_line_with("by the cluster, without an error message");
}

TEST_F(ProxyOfAnEndpoint, ANewSessionUsesTheKeysOfTheMoment) {
    proxy_process proxy;
    EXPECT_EQ(query(proxy.connect(), "SELECT 1"), "1");
    rotate_to("AKIASECOND", "second-secret");
    EXPECT_EQ(query(proxy.connect(), "SELECT 2"), "2");
}

}  // namespace proxy_guard_test
