// SPDX-License-Identifier: Apache-2.0
// Through `dsql proxy` comes what comes from the cluster: all of it, unchanged and in order.
#include "cli/proxy/proxy_process.hpp"
#include "support/command.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace proxy_relay_test {

using namespace proxy_test;

// One proxy for all tests of this file.
class ProxyRelay : public testing::Test {
protected:
    static void SetUpTestSuite() {
        const proxy_environment environment(shared_endpoint());
        proxy_ = std::make_unique<proxy_process>();
    }
    static void TearDownTestSuite() { proxy_.reset(); }

    static proxy_process& proxy() { return *proxy_; }

    static libpq_client connect(const std::string& parameters = {}) {
        libpq_client client = proxy().connect(parameters);
        EXPECT_EQ(PQstatus(client.get()), CONNECTION_OK) << PQerrorMessage(client.get());
        return client;
    }

private:
    static inline std::unique_ptr<proxy_process> proxy_;
};

// Sends a pipeline whose every result is different, while results are read whenever they come.
class long_pipeline {
public:
    explicit long_pipeline(PGconn* client) : client_(client) {
        EXPECT_EQ(PQsetnonblocking(client, 1), 0);
        EXPECT_EQ(PQenterPipelineMode(client), 1);
    }

    static constexpr int queries = 3000;

    void run() {
        while (received_ < queries && !testing::Test::HasFailure()) {
            while (sent_ < queries && PQflush(client_) == 0) {
                send_next();
            }
            wait();
            ASSERT_EQ(PQconsumeInput(client_), 1) << PQerrorMessage(client_);
            while (received_ < queries && PQisBusy(client_) == 0) {
                receive_next();
            }
        }
    }

private:
    static std::string size_of(int number) {
        return std::to_string(number % 100 == 0 ? 100'000 : number % 50);
    }

    void send_next() {
        const std::string number = std::to_string(sent_);
        const std::string size = size_of(sent_);
        const char* const values[] = {number.c_str(), size.c_str()};
        ASSERT_EQ(PQsendQueryParams(client_, "SELECT $1::int, repeat('x', $2::int)", 2, nullptr,
                                    values, nullptr, nullptr, 0),
                  1);
        if (++sent_ % 7 == 0 || sent_ == queries) {
            ASSERT_EQ(PQpipelineSync(client_), 1);
        }
    }

    void wait() const {
        pollfd waiting{.fd = PQsocket(client_), .events = POLLIN, .revents = 0};
        if (PQflush(client_) != 0) {
            waiting.events = POLLIN | POLLOUT;
        }
        ASSERT_EQ(poll(&waiting, 1, 60'000), 1);
    }

    void receive_next() {
        const libpq_result result(PQgetResult(client_));
        if (PQresultStatus(result.get()) == PGRES_TUPLES_OK) {
            ASSERT_EQ(PQgetvalue(result.get(), 0, 0), std::to_string(received_));
            ASSERT_EQ(std::to_string(PQgetlength(result.get(), 0, 1)), size_of(received_));
            ++received_;
        }
    }

    PGconn* client_;
    int sent_ = 0;
    int received_ = 0;
};

TEST_F(ProxyRelay, PsqlNeedsNoOptionButTheSocket) {
    const auto answer =
        run_command("env -u PGUSER -u PGPORT -u PGDATABASE psql -h " + proxy().socket_directory() +
                    " --no-psqlrc -At -c 'SELECT current_user' -c 'SHOW "
                    "application_name' -c 'SELECT 1/0'");
    EXPECT_EQ(answer.output, "admin\npsql\n") << answer.errors;
    EXPECT_EQ(answer.errors, "ERROR:  division by zero\n");
}

TEST_F(ProxyRelay, SettingsOfTheClientAreThoseOfTheSession) {
    const libpq_client client = connect(
        "application_name=reports client_encoding=LATIN1 "
        "options='-c search_path=app,public -c TimeZone=Asia/Tokyo --extra_float_digits=2'");
    EXPECT_EQ(query(client, "SHOW search_path"), "app,public");
    EXPECT_EQ(query(client, "SHOW TimeZone"), "Asia/Tokyo");
    EXPECT_EQ(query(client, "SHOW extra_float_digits"), "2");
    EXPECT_EQ(query(client, "SHOW application_name"), "reports");
    EXPECT_STREQ(PQparameterStatus(client.get(), "client_encoding"), "LATIN1");
    EXPECT_STREQ(PQparameterStatus(client.get(), "TimeZone"), "Asia/Tokyo");
    EXPECT_EQ(std::string(PQparameterStatus(client.get(), "server_version")).substr(0, 3), "16.");
    EXPECT_EQ(std::to_string(PQbackendPID(client.get())), query(client, "SELECT pg_backend_pid()"));
}

TEST_F(ProxyRelay, WhatTheClusterRefusesAtTheLoginIsTheClientsError) {
    EXPECT_STREQ(PQerrorMessage(proxy().connect("options='-c statement_timeout=5'").get()),
                 ("connection to server on socket \"" + proxy().socket() +
                  "\" failed: FATAL:  setting configuration parameter \"statement_timeout\" not "
                  "supported\n")
                     .c_str());
    for (const auto& [parameters, error] : std::vector<std::pair<std::string, std::string>>{
             {"dbname=other", "FATAL:  database \"other\" does not exist"},
             {"options='-c x;y=1'", "FATAL:  unrecognized configuration parameter \"x;y\""},
             {"options=--fast", "FATAL:  options may contain only settings"},
             {"replication=database", "FATAL:  Aurora DSQL has no replication connections"}}) {
        const libpq_client client = proxy().connect(parameters);
        EXPECT_NE(std::string(PQerrorMessage(client.get())).find(error), std::string::npos)
            << PQerrorMessage(client.get());
    }
}

TEST_F(ProxyRelay, PipelinedResultsComeInOrder) {
    const libpq_client client = connect();
    long_pipeline(client.get()).run();
}

TEST_F(ProxyRelay, CopyGoesBothWays) {
    const libpq_client client = connect();
    EXPECT_EQ(query(client, "CREATE TABLE copied (id int PRIMARY KEY, v text)"), "CREATE TABLE");
    std::string sent;
    for (unsigned id = 0; id < 2500; ++id) {
        sent += std::to_string(1'000'000 + id) + '\t' + std::string(id % 300U, 'v') + '\n';
    }
    const libpq_result copying(PQexec(client.get(), "COPY copied FROM STDIN"));
    ASSERT_EQ(PQresultStatus(copying.get()), PGRES_COPY_IN);
    ASSERT_EQ(PQputCopyData(client.get(), sent.data(), static_cast<int>(sent.size())), 1);
    ASSERT_EQ(PQputCopyEnd(client.get(), nullptr), 1);
    const libpq_result copied(PQgetResult(client.get()));
    ASSERT_STREQ(PQcmdStatus(copied.get()), "COPY 2500") << PQerrorMessage(client.get());
    EXPECT_EQ(PQgetResult(client.get()), nullptr);
    const libpq_result reading(
        PQexec(client.get(), "COPY (SELECT * FROM copied ORDER BY id) TO STDOUT"));
    std::string received;
    char* row = nullptr;
    for (int size = 0; (size = PQgetCopyData(client.get(), &row, 0)) > 0; PQfreemem(row)) {
        received.append(row, static_cast<std::size_t>(size));
    }
    EXPECT_EQ(received, sent);
}

// The resident memory of a process, in bytes.
std::size_t memory_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    file >> total >> resident;
    return resident * 4096;
}

// AddressSanitizer keeps memory that was freed.
constexpr std::size_t most_growth = DSQL_SANITIZED ? 1'000'000'000 : 64'000'000;

TEST_F(ProxyRelay, AResultThatNobodyReadsDoesNotFillTheMemory) {
    constexpr int rows = 200;
    const libpq_client client = connect();
    const std::size_t before = memory_of(proxy().child().id());
    ASSERT_EQ(PQsendQuery(client.get(), "SELECT repeat('x', 1000000) FROM generate_series(1, 200)"),
              1);
    // Once another session has a result, the proxy has read what it will read of the first.
    EXPECT_EQ(query(connect(), "SELECT length(repeat('y', 5000000))"), "5000000");
    EXPECT_LT(memory_of(proxy().child().id()), before + most_growth);
    const libpq_result result(PQgetResult(client.get()));
    EXPECT_EQ(PQntuples(result.get()), rows);
    EXPECT_EQ(PQgetlength(result.get(), rows - 1, 0), 1'000'000);
    EXPECT_LT(memory_of(proxy().child().id()), before + most_growth);
}

TEST_F(ProxyRelay, CancelRequestsReachTheCluster) {
    const libpq_client client = connect();
    PGcancel* const cancel = PQgetCancel(client.get());
    std::string error(256, '\0');
    EXPECT_EQ(PQcancel(cancel, error.data(), static_cast<int>(error.size())), 1) << error;
    PQfreeCancel(cancel);
    proxy().child().read_until_line_with(PQlibVersion() < 170000 ? "cancel request not passed on"
                                                                 : "cancel request passed on");
    EXPECT_EQ(query(client, "SELECT 1"), "1");
}

TEST_F(ProxyRelay, ACancelRequestNeedsTheKeyOfASession) {
    const libpq_client client = connect();
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    proxy().socket().copy(address.sun_path, sizeof address.sun_path - 1);
    const int guessing = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ASSERT_EQ(::connect(guessing, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    std::string request;
    wire::append_uint32(request, 16);
    wire::append_uint32(request, static_cast<std::uint32_t>(wire::request_code::cancel));
    wire::append_uint32(request, static_cast<std::uint32_t>(PQbackendPID(client.get())));
    wire::append_uint32(request, 0);
    EXPECT_EQ(send(guessing, request.data(), request.size(), 0), 16);
    proxy().child().read_until_line_with("cancel request refused: no session has its key");
    close(guessing);
}

TEST_F(ProxyRelay, TakesManyClients) {
    std::vector<libpq_client> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(
            libpq_client(PQconnectStart(("host=" + proxy().socket_directory()).c_str())));
    }
    for (const libpq_client& client : clients) {
        PostgresPollingStatusType state = PGRES_POLLING_WRITING;
        while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
            const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
            pollfd waiting{.fd = PQsocket(client.get()), .events = events, .revents = 0};
            ASSERT_EQ(poll(&waiting, 1, 60'000), 1);
            state = PQconnectPoll(client.get());
        }
        ASSERT_EQ(state, PGRES_POLLING_OK) << PQerrorMessage(client.get());
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
        ASSERT_EQ(PQsendQuery(clients[i].get(), ("SELECT " + std::to_string(i)).c_str()), 1);
    }
    for (std::size_t i = 0; i < clients.size(); ++i) {
        const libpq_result result(PQgetResult(clients[i].get()));
        ASSERT_EQ(PQgetvalue(result.get(), 0, 0), std::to_string(i));
    }
}

}  // namespace proxy_relay_test
