// SPDX-License-Identifier: Apache-2.0
// What connections leave behind that end anywhere, and what clients can make the endpoint allocate.
#include "dsql_session.hpp"
#include "process_figures.hpp"
#include "raw_client.hpp"
#include "support/cutting_relay.hpp"
#include "support/endpoint_process.hpp"
#include "support/random_seed.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace endpoint_leftovers_test {

using namespace dsql_local;
using namespace dsql_local_test;

constexpr std::size_t mebibyte = 1024 * 1024;

class endpoint_leftovers : public testing::Test {
protected:
    static void SetUpTestSuite() {
        served_ = std::make_unique<endpoint_process>(
            std::vector<std::string>{"--connection-rate", "0", "--transaction-row-limit", "0"});
        dsql_session(*served_).must("CREATE TABLE leftovers (id int, word text)");
    }
    static void TearDownTestSuite() { served_.reset(); }

    static pid_t id() { return served_->child().id(); }

    // Waits until the sessions that have ended are gone. Returns false after a minute.
    static bool wait_until_left(std::size_t descriptors, std::size_t sessions) {
        for (int i = 0; i < 6'000; ++i) {
            if (descriptors_of(id()) <= descriptors && postgres_sessions_of(id()) <= sessions) {
                return true;
            }
            usleep(10'000);
        }
        return false;
    }

    static std::unique_ptr<endpoint_process> served_;
};

std::unique_ptr<endpoint_process> endpoint_leftovers::served_;

// A client that logs in and does some of everything, until its connection is cut: some 60 KB.
void talk(std::uint16_t port, const endpoint_process& served, bool is_direct) {
    raw_client client(port);
    const tls_choice choice{.server_name = served["CLUSTER_ENDPOINT"], .alpn = true};
    const bool has_tls = is_direct ? client.start_tls(choice) : client.request_tls(choice);
    if (!has_tls || client.log_in("admin", served["PGPASSWORD"]).type != 'Z') {
        return;
    }
    const std::string rows = "SELECT n, repeat('x', 100) FROM generate_series(1, 150) AS n";
    const std::string copied = wire::encode_message('d', "1\t" + std::string(2'000, 'c') + '\n');
    const std::vector<std::string> requests = {
        query_message("BEGIN"),
        query_message("INSERT INTO leftovers VALUES (1, 'in a transaction')"),
        query_message(rows),
        parse_message("", rows) + bind_message("") + execute_message() + sync_message(),
        query_message("COPY leftovers FROM STDIN") + copied + copied + copied + copied +
            wire::encode_message('c', ""),
        query_message("ROLLBACK"),
    };
    for (const std::string& request : requests) {
        client.send(request);
        char type = '\0';
        do {
            type = client.receive_message().type;
            if (type == '\0') {
                return;
            }
        } while (type != 'Z');
    }
}

// Opens connections through relays that cut each of them somewhere.
void open_and_cut(const endpoint_process& served, unsigned seed, int count) {
    const cutting_relay relay(served.port(), seed,
                              {.small_share = 0.5, .longest_small = 9'000, .longest = 60'000});
    for (int i = 0; i < count; ++i) {
        try {
            talk(static_cast<std::uint16_t>(relay.port()), served, i % 2 == 0);
        } catch (const std::runtime_error&) {
            continue;  // cut before the response to the SSLRequest
        }
    }
}

void open_and_cut_in_parallel(const endpoint_process& served, unsigned seed, int count) {
    constexpr int thread_count = 4;
    std::vector<std::jthread> threads;
    for (int i = 0; i < thread_count; ++i) {
        threads.emplace_back([&served, seed, i, count] {
            open_and_cut(served, seed + static_cast<unsigned>(i), count / thread_count);
        });
    }
}

TEST_F(endpoint_leftovers, a_thousand_connections_that_are_cut_leave_nothing) {
    const auto seed = static_cast<unsigned>(random_seed());
    const std::size_t descriptors = descriptors_of(id());
    const std::size_t sessions = postgres_sessions_of(id());
    open_and_cut_in_parallel(*served_, seed, 500);
    EXPECT_TRUE(wait_until_left(descriptors, sessions))
        << descriptors_of(id()) << " descriptors, " << postgres_sessions_of(id()) << " sessions";
    const std::size_t memory = memory_of(id());
    open_and_cut_in_parallel(*served_, seed + 100, 500);
    EXPECT_TRUE(wait_until_left(descriptors, sessions))
        << descriptors_of(id()) << " descriptors, " << postgres_sessions_of(id()) << " sessions";
    // A session has buffers of some 100 KB, so 500 lost ones would be 50 MB. AddressSanitizer keeps
    // memory that is freed.
    if (!DSQL_SANITIZED) {
        EXPECT_LT(memory_of(id()), memory + 10 * mebibyte);
    }
    EXPECT_EQ(dsql_session(*served_).must("SELECT count(*) FROM leftovers"), "0");
}

// A client that sends a wrong length at some point of a login.
struct lie {
    const char* name;
    std::function<void(raw_client&)> tell;  // after the TLS handshake
};

void PrintTo(const lie& printed, std::ostream* out) {
    *out << printed.name;
}

lie startup_of_length(const char* name, std::uint32_t length) {
    return {name, [length](raw_client& client) {
                std::string bytes;
                wire::append_uint32(bytes, length);
                client.send(bytes + std::string(1'000, '\0'));
            }};
}

lie password_of_length(const char* name, std::uint32_t length) {
    return {name, [length](raw_client& client) {
                client.send_startup({{"user", "admin"}});
                EXPECT_EQ(client.receive_message().type, 'R');
                std::string bytes = "p";
                wire::append_uint32(bytes, length);
                client.send(bytes + std::string(1'000, 'x'));
            }};
}

class endpoint_lies : public endpoint_leftovers, public testing::WithParamInterface<lie> {};

TEST_P(endpoint_lies, end_the_connection_and_take_no_memory) {
    const std::size_t descriptors = descriptors_of(id());
    const std::size_t sessions = postgres_sessions_of(id());
    forget_peak_memory(id());
    const std::size_t before = peak_memory_of(id());
    {
        raw_client client(served_->port());
        ASSERT_TRUE(
            client.request_tls({.server_name = (*served_)["CLUSTER_ENDPOINT"], .alpn = true}));
        GetParam().tell(client);
        while (client.receive_message().type != '\0') {
        }
        EXPECT_FALSE(client.timed_out());
    }
    EXPECT_LT(peak_memory_of(id()), before + 10 * mebibyte);
    EXPECT_TRUE(wait_until_left(descriptors, sessions));
}

INSTANTIATE_TEST_SUITE_P(
    Lengths, endpoint_lies,
    testing::Values(startup_of_length("StartupOf0", 0), startup_of_length("StartupOf4", 4),
                    startup_of_length("StartupOf7", 7), startup_of_length("StartupOf10005", 10'005),
                    startup_of_length("StartupOf2GiB", 0x7fff'ffff),
                    startup_of_length("StartupOf4GiB", 0xffff'ffff),
                    password_of_length("PasswordOf0", 0), password_of_length("PasswordOf3", 3),
                    password_of_length("PasswordOf2GiB", 0x7fff'ffff),
                    password_of_length("PasswordOf4GiB", 0xffff'ffff)),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace endpoint_leftovers_test
