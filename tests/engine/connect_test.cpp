// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "engine/engine_test.hpp"
#include "engine/fake_libpq.hpp"
#include "pg/connect/open_connection.hpp"
#include "pg/io/deadline.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace connect_test {

namespace fake = fake_libpq;
using dsql::connection_phase;

constexpr const char* refused =
    "connection to server failed: FATAL:  unable to accept connection, "
    "access denied\nHINT:  expired\n";

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
    const fake::connect_step denied{PGRES_POLLING_FAILED, CONNECTION_BAD, refused};
    return {
        {"not_even_tried", {failed}, connection_phase::tcp},
        {"no_route", {tcp, failed}, connection_phase::tcp},
        {"no_tls", {tcp, made, tls, failed}, connection_phase::tls},
        {"denied", {tcp, made, tls, asked, denied}, connection_phase::auth},
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
    EXPECT_EQ(parameters.at("password"), "secret-token");
    EXPECT_EQ(parameters.at("require_auth"), "password");
}

TEST_F(Connect, TakesManySteps) {
    server_.connect({{PGRES_POLLING_WRITING, CONNECTION_STARTED},
                     {PGRES_POLLING_WRITING, CONNECTION_MADE},
                     {PGRES_POLLING_READING, CONNECTION_SSL_STARTUP},
                     {PGRES_POLLING_READING, CONNECTION_AWAITING_RESPONSE, "", true},
                     {PGRES_POLLING_OK, CONNECTION_OK, "", true}});
    const dsql::pg::owned_handle handle = open();
    EXPECT_EQ(PQstatus(handle.get()), CONNECTION_OK);
}

TEST_F(Connect, EndsWhenItIsStopped) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(open(stop.get_token())), dsql::cancelled_error);
}

TEST_F(Connect, EndsWhenItsTimeIsUp) {
    EXPECT_THROW(static_cast<void>(open({}, std::chrono::milliseconds(0))), dsql::timeout_error);
}

}  // namespace connect_test
