// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"
#include "pg/connect/connect_host_operation.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/io/blocking_driver.hpp"
#include "pg/io/deadline.hpp"
#include "pg/io/operation.hpp"
#include "support/exit_now.hpp"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <deque>
#include <fstream>
#include <iterator>
#include <ostream>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace connect_test {

namespace fake = fake_libpq;
using dsql::connection_phase;

constexpr const char* refused =
    "connection to server failed: FATAL:  08006: unable to accept connection, "
    "access denied\nHINT:  expired\nLOCATION:  login, auth.c:1\n";

dsql::pg::login target() {
    return {.host = "cluster.example",
            .host_address = "192.0.2.1",
            .port = 5432,
            .user = "admin",
            .database = "postgres",
            .password = "secret-token",
            .application_name = "tests",
            .ssl_root_cert = "system"};
}

struct failing_case {
    const char* name;
    std::vector<fake::connect_step> steps;
    connection_phase phase;
    std::error_code code{};
    bool is_transient = true;
};

void PrintTo(const failing_case& one, std::ostream* to) {
    *to << one.name;
}

std::vector<failing_case> failing_cases() {
    const fake::connect_step tcp{PGRES_POLLING_WRITING, CONNECTION_STARTED};
    const fake::connect_step made{PGRES_POLLING_WRITING, CONNECTION_MADE};
    const fake::connect_step tls{PGRES_POLLING_READING, CONNECTION_SSL_STARTUP};
    const fake::connect_step asked{PGRES_POLLING_READING, CONNECTION_AWAITING_RESPONSE, "", true};
    const fake::connect_step logged_in{PGRES_POLLING_READING, CONNECTION_AUTH_OK, "", true};
    const fake::connect_step failed{PGRES_POLLING_FAILED, CONNECTION_BAD, "it did not work"};
    const fake::connect_step no_route{.polling = PGRES_POLLING_FAILED,
                                      .status = CONNECTION_BAD,
                                      .message = "it did not work",
                                      .error = EHOSTUNREACH};
    const fake::connect_step reset{.polling = PGRES_POLLING_FAILED,
                                   .status = CONNECTION_BAD,
                                   .message = "it did not work",
                                   .error = ECONNRESET};
    const fake::connect_step alert{.polling = PGRES_POLLING_FAILED,
                                   .status = CONNECTION_BAD,
                                   .message = "it did not work",
                                   .error = ECONNRESET,
                                   .tls_event = SSL_CB_READ_ALERT,
                                   .tls_alert = SSL3_AL_FATAL << 8 | SSL3_AD_HANDSHAKE_FAILURE};
    const fake::connect_step denied{PGRES_POLLING_FAILED, CONNECTION_BAD, refused};
    return {
        {"not_even_tried", {failed}, connection_phase::tcp},
        {"no_route",
         {tcp, no_route},
         connection_phase::tcp,
         {EHOSTUNREACH, std::system_category()}},
        {"no_tls", {tcp, made, tls, failed}, connection_phase::tls, {}, false},
        {"tls_interrupted",
         {tcp, made, tls, reset},
         connection_phase::tls,
         {ECONNRESET, std::system_category()}},
        {"tls_rejected", {tcp, made, tls, alert}, connection_phase::tls, {}, false},
        {"denied", {tcp, made, tls, asked, denied}, connection_phase::auth, {}, false},
        {"lost_at_login", {tcp, made, tls, asked, failed}, connection_phase::auth},
        {"lost_at_startup", {tcp, made, tls, asked, logged_in, failed}, connection_phase::startup},
    };
}

class FailingConnect : public testing::TestWithParam<failing_case> {};

TEST_P(FailingConnect, SaysHowFarItCame) {
    fake::server server;
    server.connect(GetParam().steps);
    try {
        static_cast<void>(
            dsql::pg::open_connection(target(), dsql::pg::deadline(std::chrono::hours(1)), {}));
        ADD_FAILURE() << "it did not fail";
    } catch (const dsql::connection_error& failure) {
        EXPECT_EQ(failure.phase(), GetParam().phase) << failure.what();
        EXPECT_EQ(failure.code(), GetParam().code) << failure.code();
        EXPECT_EQ(failure.is_transient(), GetParam().is_transient);
        EXPECT_FALSE(failure.statement_may_have_run());
        EXPECT_EQ(std::string(failure.what()).find("secret-token"), std::string::npos);
    }
    EXPECT_EQ(engine::uncleanness(server), "");
}

INSTANTIATE_TEST_SUITE_P(Phases, FailingConnect, testing::ValuesIn(failing_cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

class Connect : public engine::fixture {
protected:
    static dsql::pg::owned_handle open(const std::stop_token& stop = {},
                                       std::chrono::milliseconds time = std::chrono::hours(1)) {
        return dsql::pg::open_connection(target(), dsql::pg::deadline(time), stop);
    }
};

TEST_F(Connect, GivesLibpqWhatTheLoginSays) {
    const dsql::pg::owned_handle handle = open();
    ASSERT_EQ(server_.connects().size(), 1U);
    const auto& parameters = server_.connects()[0];
    EXPECT_EQ(parameters.at("host"), "cluster.example");
    EXPECT_EQ(parameters.at("hostaddr"), "192.0.2.1");
    EXPECT_EQ(parameters.at("sslmode"), "verify-full");
    EXPECT_EQ(parameters.at("sslnegotiation"), "direct");
    EXPECT_EQ(parameters.count("password"), 0U) << "libpq would keep copies of the token";
    EXPECT_EQ(parameters.at("require_auth"), "none");
    EXPECT_EQ(parameters.at("dbname"), " dbname='postgres'");
}

TEST_F(Connect, TakesManySteps) {
    server_.connect({{PGRES_POLLING_WRITING, CONNECTION_STARTED},
                     {PGRES_POLLING_WRITING, CONNECTION_MADE},
                     {PGRES_POLLING_READING, CONNECTION_SSL_STARTUP},
                     {PGRES_POLLING_READING, CONNECTION_AWAITING_RESPONSE, "", true},
                     {PGRES_POLLING_OK, CONNECTION_OK, "", true}});
    const dsql::pg::owned_handle handle = open();
    EXPECT_EQ(PQstatus(handle.get()), CONNECTION_OK);
    EXPECT_TRUE(fake::server::is_as_new(handle.get()));
}

TEST_F(Connect, EndsWhenItIsStopped) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(open(stop.get_token())), dsql::cancelled_error);
}

TEST_F(Connect, EndsWhenItsTimeIsUp) {
    EXPECT_THROW(static_cast<void>(open({}, std::chrono::milliseconds(0))), dsql::timeout_error);
}

// A thread that forks. The child tells whether libpq was in a call at that moment.
class forking_thread {
public:
    explicit forking_thread(const std::atomic<bool>& in_call)
        : thread_([this, &in_call] {
              id_ = gettid();
              const pid_t child = fork();
              if (child == 0) {
                  exit_now(in_call ? 1 : 0);
              }
              has_forked_ = true;
              waitpid(child, &status_, 0);
          }) {}

    // Returns when the fork is over or waits.
    void await_fork() const {
        while (!has_forked_ && !is_asleep()) {
            std::this_thread::yield();
        }
    }
    [[nodiscard]] bool child_saw_call() {
        thread_.join();
        return !WIFEXITED(status_) || WEXITSTATUS(status_) != 0;
    }

private:
    [[nodiscard]] bool is_asleep() const {
        std::ifstream stat("/proc/self/task/" + std::to_string(id_) + "/stat");
        const std::string line{std::istreambuf_iterator<char>(stat), {}};
        return line.find(") S ") != std::string::npos;
    }

    std::atomic<pid_t> id_ = 0;
    std::atomic<bool> has_forked_ = false;
    int status_ = -1;
    std::jthread thread_;  // last: it uses the other members
};

// libpq and OpenSSL take locks while they connect. In a child that is forked meanwhile, these would
// stay locked forever.
TEST_F(Connect, IsInNoCallOfLibpqWhileTheProcessForks) {
    std::atomic<bool> in_call = false;
    std::deque<forking_thread> forks;
    const auto fork_meanwhile = [&] {
        in_call = true;
        forks.emplace_back(in_call).await_fork();
        in_call = false;
    };
    std::vector<fake::connect_step> steps = {
        {PGRES_POLLING_WRITING, CONNECTION_STARTED},
        {PGRES_POLLING_WRITING, CONNECTION_MADE},
        {PGRES_POLLING_READING, CONNECTION_SSL_STARTUP},
        {PGRES_POLLING_READING, CONNECTION_AWAITING_RESPONSE, "", true},
        {PGRES_POLLING_READING, CONNECTION_AUTH_OK, "", true},
        {PGRES_POLLING_OK, CONNECTION_OK, "", true}};
    for (fake::connect_step& step : steps) {
        step.during = fork_meanwhile;
    }
    server_.connect(steps);
    const dsql::pg::owned_handle handle = open();
    ASSERT_EQ(forks.size(), steps.size());
    for (forking_thread& one : forks) {
        EXPECT_FALSE(one.child_saw_call());
    }
}

// The steps of each address, and how many addresses are tried.
struct addresses_case {
    const char* name;
    std::vector<std::vector<fake::connect_step>> scripts;  // of each address
    std::size_t tried;
    bool is_connected;
};

void PrintTo(const addresses_case& one, std::ostream* to) {
    *to << one.name;
}

std::vector<addresses_case> addresses_cases() {
    const std::vector<fake::connect_step> up = {{PGRES_POLLING_READING, CONNECTION_MADE},
                                                {PGRES_POLLING_OK, CONNECTION_OK, "", true}};
    const std::vector<fake::connect_step> down = {
        {PGRES_POLLING_WRITING, CONNECTION_STARTED},
        {PGRES_POLLING_FAILED, CONNECTION_BAD, "Connection refused"}};
    const std::vector<fake::connect_step> not_tried = {
        {PGRES_POLLING_FAILED, CONNECTION_BAD, "no such address"}};
    const std::vector<fake::connect_step> denied = {
        {PGRES_POLLING_READING, CONNECTION_AWAITING_RESPONSE, "", true},
        {PGRES_POLLING_FAILED, CONNECTION_BAD, refused}};
    return {
        {"first", {up, down}, 1, true},
        {"second", {down, up}, 2, true},
        {"second_after_one_that_cannot_be_tried", {not_tried, up, down}, 2, true},
        {"third", {down, not_tried, up}, 3, true},
        {"none", {down, down, down}, 3, false},
        {"only_one", {down}, 1, false},
        {"a_server_that_refuses_is_the_last", {denied, up}, 1, false},
        {"a_server_that_refuses_later", {down, denied, up}, 2, false},
    };
}

// Which error is told when several addresses fail.
struct telling_case {
    const char* name;
    std::vector<std::vector<fake::connect_step>> scripts;  // of each address
    connection_phase phase;
    std::size_t tried;
};

void PrintTo(const telling_case& one, std::ostream* to) {
    *to << one.name;
}

std::vector<telling_case> telling_cases() {
    const fake::connect_step tls{PGRES_POLLING_READING, CONNECTION_SSL_STARTUP};
    const fake::connect_step asked{PGRES_POLLING_READING, CONNECTION_AWAITING_RESPONSE, "", true};
    const fake::connect_step reset{.polling = PGRES_POLLING_FAILED,
                                   .status = CONNECTION_BAD,
                                   .message = "it did not work",
                                   .error = ECONNRESET};
    const fake::connect_step failed{PGRES_POLLING_FAILED, CONNECTION_BAD, "it did not work"};
    const std::vector<fake::connect_step> down = {
        {PGRES_POLLING_WRITING, CONNECTION_STARTED},
        {PGRES_POLLING_FAILED, CONNECTION_BAD, "Connection refused"}};
    const std::vector<fake::connect_step> interrupted = {tls, reset};
    const std::vector<fake::connect_step> not_trusted = {tls, failed};
    const std::vector<fake::connect_step> lost = {tls, asked, failed};
    return {
        {"the_only_one", {down}, connection_phase::tcp, 1},
        {"the_later_phase", {interrupted, down}, connection_phase::tls, 2},
        {"the_later_phase_at_the_end", {down, interrupted}, connection_phase::tls, 2},
        {"the_latest_phase", {down, lost, interrupted, down}, connection_phase::auth, 4},
        {"a_rejected_handshake_is_final", {not_trusted, down}, connection_phase::tls, 1},
        {"a_rejected_handshake_after_others", {lost, not_trusted, down}, connection_phase::tls, 2},
    };
}

class TellingAddress : public testing::TestWithParam<telling_case> {};

TEST_P(TellingAddress, IsTheOneOfTheError) {
    const telling_case& one = GetParam();
    fake::server server;
    std::vector<std::string> addresses;
    for (const auto& script : one.scripts) {
        addresses.push_back("192.0.2." + std::to_string(addresses.size() + 1));
        server.connect(script);
    }
    const dsql::pg::login login = target();
    const dsql::pg::deadline until(std::chrono::hours(1));
    dsql::pg::connect_host_operation connecting(login, addresses, "system", until);
    try {
        static_cast<void>(dsql::pg::run(connecting, until, {}));
        ADD_FAILURE() << "connected";
    } catch (const dsql::connection_error& failure) {
        EXPECT_EQ(failure.phase(), one.phase) << failure.what();
    }
    EXPECT_EQ(server.connects().size(), one.tried);
}

INSTANTIATE_TEST_SUITE_P(Hosts, TellingAddress, testing::ValuesIn(telling_cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

class Addresses : public testing::TestWithParam<addresses_case> {};

TEST_P(Addresses, AreTriedInTurn) {
    const addresses_case& one = GetParam();
    fake::server server;
    std::vector<std::string> addresses;
    for (const auto& script : one.scripts) {
        addresses.push_back("192.0.2." + std::to_string(addresses.size() + 1));
        server.connect(script);
    }
    {
        const dsql::pg::login login = target();
        const dsql::pg::deadline until(std::chrono::hours(1));
        dsql::pg::connect_host_operation connecting(login, addresses, "system", until);
        const auto ended = engine::outcome_of([&] {
            EXPECT_EQ(dsql::pg::run(connecting, until, {}), dsql::pg::wait_result::ready);
            EXPECT_EQ(PQstatus(connecting.take().get()), CONNECTION_OK);
            return "";
        });
        EXPECT_EQ(ended.is_success(), one.is_connected) << ended.text;
    }
    ASSERT_EQ(server.connects().size(), one.tried);
    for (std::size_t i = 0; i < one.tried; ++i) {
        EXPECT_EQ(server.connects()[i].at("hostaddr"), addresses[i]);
    }
    EXPECT_EQ(engine::uncleanness(server), "");
}

INSTANTIATE_TEST_SUITE_P(Hosts, Addresses, testing::ValuesIn(addresses_cases()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(Connect, AnAddressThatDoesNotRespondHasItsShareOfTheTime) {
    const dsql::pg::login login = target();
    dsql::pg::connect_host_operation connecting(login, {"192.0.2.1", "192.0.2.2", "192.0.2.3"},
                                                "system",
                                                dsql::pg::deadline(std::chrono::hours(3)));
    static_cast<void>(connecting.step());
    EXPECT_LE(*connecting.step_by().left(), std::chrono::hours(1));
}

TEST_F(Connect, TheNextAddressIsTriedWhenTheTimeOfOneIsUp) {
    const std::vector<fake::connect_step> endless(
        10, {PGRES_POLLING_READING, CONNECTION_STARTED, "", false});
    server_.connect(endless);
    server_.connect(endless);
    server_.connect({{PGRES_POLLING_OK, CONNECTION_OK, "", true}});
    const dsql::pg::login login = target();
    dsql::pg::connect_host_operation connecting(login, {"192.0.2.1", "192.0.2.2", "192.0.2.3"},
                                                "system",
                                                dsql::pg::deadline(std::chrono::milliseconds(0)));
    for (std::size_t tried = 1; tried <= 3; ++tried) {
        EXPECT_EQ(connecting.step(), dsql::pg::wait_for::writable);
        EXPECT_EQ(server_.connects().size(), tried);
    }
    EXPECT_FALSE(connecting.step_by().at());
    EXPECT_EQ(connecting.step(), dsql::pg::wait_for::done);
    EXPECT_NE(connecting.progress().find("192.0.2.3"), std::string::npos);
}

// Waits for an event that never occurs, and asks for its next step at once.
class impatient final : public dsql::pg::operation {
public:
    explicit impatient(int socket) : socket_(socket) {}
    dsql::pg::wait_for step() override {
        return ++steps_ == 3 ? dsql::pg::wait_for::done : dsql::pg::wait_for::readable;
    }
    [[nodiscard]] int socket() const override { return socket_; }
    [[nodiscard]] dsql::pg::deadline step_by() const override {
        return dsql::pg::deadline(std::chrono::milliseconds(0));
    }

private:
    int socket_;
    int steps_ = 0;
};

TEST_F(Connect, ADriverTakesTheStepThatIsDue) {
    const dsql::pg::owned_handle quiet(server_.open());
    impatient patient(PQsocket(quiet.get()));
    EXPECT_EQ(dsql::pg::run(patient, dsql::pg::deadline(), {}), dsql::pg::wait_result::ready);
    impatient late(PQsocket(quiet.get()));
    EXPECT_EQ(dsql::pg::run(late, dsql::pg::deadline(dsql::pg::deadline::clock::time_point()), {}),
              dsql::pg::wait_result::timed_out);
}

}  // namespace connect_test
