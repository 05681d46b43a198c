// SPDX-License-Identifier: Apache-2.0
// Tests the limit on new connections and the number of open connections.
#include "raw_client.hpp"
#include "support/endpoint_process.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <fstream>
#include <memory>

namespace endpoint_rate_test {

using namespace dsql_local_test;

std::unique_ptr<raw_client> client_with_tls(const endpoint_process& served) {
    auto client = std::make_unique<raw_client>(served.port());
    EXPECT_TRUE(client->request_tls({.server_name = served["CLUSTER_ENDPOINT"]}));
    return client;
}

// Clients that have completed TLS and send their startup messages at once.
class crowd {
public:
    explicit crowd(const endpoint_process& served) {
        for (auto& client : clients_) {
            client = client_with_tls(served);
        }
        for (auto& client : clients_) {
            client->send_startup({{"user", "admin"}});
        }
    }

    // Returns how many clients were rejected. Each must have got DSQL's error.
    int count_refused() {
        int refused = 0;
        for (auto& client : clients_) {
            const message response = client->receive_message();
            if (response.type != 'R') {
                ++refused;
                expect_refusal(response);
                EXPECT_TRUE(client->ended_cleanly());
            }
        }
        return refused;
    }

    static void expect_refusal(const message& response) {
        EXPECT_EQ(response.type, 'E');
        EXPECT_EQ(response.field('S'), "FATAL");
        EXPECT_EQ(response.field('C'), "53400");
        EXPECT_EQ(response.field('M'), "Unable to accept connection, rate exceeded.");
        EXPECT_EQ(response.field('H'), "");
    }

    static constexpr int size = 8;

private:
    std::array<std::unique_ptr<raw_client>, size> clients_;
};

// Retries until a login succeeds. Adds the number of failed attempts to `refused`.
std::unique_ptr<raw_client> log_in_at_last(const endpoint_process& served, int& refused) {
    while (true) {
        auto client = client_with_tls(served);
        const message response = client->log_in("admin", served["PGPASSWORD"]);
        if (response.type == 'Z') {
            return client;
        }
        ++refused;
        crowd::expect_refusal(response);
        if (testing::Test::HasFailure()) {
            return nullptr;
        }
    }
}

TEST(endpoint_rate, sessions_over_it_are_refused_before_their_tokens_and_counted) {
    const endpoint_process served({"--connection-rate", "2", "--connection-burst", "1"});
    int refused = crowd(served).count_refused();
    EXPECT_GE(refused, 1);
    EXPECT_LT(refused, crowd::size);
    const auto client = log_in_at_last(served, refused);
    ASSERT_TRUE(client);
    EXPECT_EQ(client->query("SHOW dsql_local.rate_refusals"), std::to_string(refused));
}

TEST(endpoint_rate, zero_is_no_limit) {
    const endpoint_process served({"--connection-rate", "0", "--connection-burst", "1"});
    EXPECT_EQ(crowd(served).count_refused(), 0);
}

// The limit on open descriptors of this process and of its children.
class lowered_descriptor_limit {
public:
    lowered_descriptor_limit() {
        getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit lowered{.rlim_cur = soft, .rlim_max = before_.rlim_max};
        setrlimit(RLIMIT_NOFILE, &lowered);
    }
    ~lowered_descriptor_limit() { setrlimit(RLIMIT_NOFILE, &before_); }
    lowered_descriptor_limit(const lowered_descriptor_limit&) = delete;
    lowered_descriptor_limit& operator=(const lowered_descriptor_limit&) = delete;

    std::string hard() const { return std::to_string(before_.rlim_max); }

    static constexpr rlim_t soft = 200;

private:
    rlimit before_{};
};

std::string soft_descriptor_limit_of(pid_t id) {
    std::ifstream limits("/proc/" + std::to_string(id) + "/limits");
    std::string word;
    while (limits >> word && word != "files") {  // Max open files SOFT HARD
    }
    limits >> word;
    return word;
}

TEST(endpoint_capacity, is_not_that_of_the_soft_limit_on_descriptors) {
    const lowered_descriptor_limit lowered;
    endpoint_process served;
    EXPECT_EQ(soft_descriptor_limit_of(served.child().id()), lowered.hard());
}

TEST(endpoint_capacity, a_command_has_the_limit_on_descriptors_it_would_have_had) {
    const lowered_descriptor_limit lowered;
    program running({"run", "--", "sh", "-c", "ulimit -n"});
    EXPECT_EQ(running.wait(), 0);
    EXPECT_EQ(running.output(), "200\n");
}

TEST(endpoint_capacity, postgres_has_room_for_a_thousand_sessions) {
    const endpoint_process served({"--dialect", "postgres"});
    const auto client = client_with_tls(served);
    ASSERT_EQ(client->log_in("admin", served["PGPASSWORD"]).type, 'Z');
    EXPECT_EQ(client->query("SHOW max_connections"), "1200");
}

}  // namespace endpoint_rate_test
