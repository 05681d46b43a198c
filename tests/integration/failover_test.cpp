// SPDX-License-Identifier: Apache-2.0
// Two endpoints of one cluster, in two regions: which of them new connections go to, while one of
// them is stopped and started again. Each endpoint accepts only tokens of its own region and host.
#include <dsql/dsql.hpp>

#include "support/await.hpp"
#include "support/loopback_socket.hpp"
#include "support/restartable_endpoint.hpp"
#include "support/temporary_directory.hpp"
#include "support/thrown_message.hpp"
#include "support/whole_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace failover_test {

using namespace std::chrono_literals;

// Records the hosts of connects, and the failovers.
class endpoint_observer : public dsql::observer {
public:
    span connect_started(const dsql::connect_event& event) noexcept override {
        const std::lock_guard lock(mutex_);
        hosts_.emplace_back(event.host);
        return 0;
    }
    void retrying(const dsql::retry_event& event) noexcept override {
        const std::lock_guard lock(mutex_);
        if (event.operation == dsql::retried_operation::failover) {
            reasons_.emplace_back(event.reason);
        }
    }

    // Returns what was recorded since the last call.
    std::vector<std::string> take_hosts() {
        const std::lock_guard lock(mutex_);
        return std::exchange(hosts_, {});
    }
    std::vector<std::string> take_failovers() {
        const std::lock_guard lock(mutex_);
        return std::exchange(reasons_, {});
    }

private:
    std::mutex mutex_;
    std::vector<std::string> hosts_;    // guarded by the mutex
    std::vector<std::string> reasons_;  // guarded by the mutex
};

class Failover : public testing::Test {
protected:
    static void SetUpTestSuite() {
        east_.emplace(std::vector<std::string>{"--region", "us-east-1", "--dialect", "postgres"});
        west_.emplace(std::vector<std::string>{"--region", "us-west-2", "--dialect", "postgres"});
    }
    static void TearDownTestSuite() {
        east_.reset();
        west_.reset();
    }

    // A stand-in endpoint makes a new authority at each start, so the file has to be written again.
    void trust_both() {
        const std::string next = directory_ / "next.pem";
        std::ofstream(next) << read_whole_file(east_->settings().ssl_root_cert)
                            << read_whole_file(west_->settings().ssl_root_cert);
        std::filesystem::rename(next, directory_ / "roots.pem");
    }

    // The east is preferred.
    dsql::config settings() {
        trust_both();
        dsql::config both = east_->settings();
        const dsql::config west = west_->settings();
        both.observer = observer_;
        both.ssl_root_cert = directory_ / "roots.pem";
        both.failover = {{.host = west.host, .port = west.port, .host_address = west.host_address}};
        return both;
    }

    static std::string region_of(dsql::connection& session) {
        const std::string host = session.query_value<std::string>("SHOW dsql_local.sni");
        return dsql::resolve_endpoint({.host = host}).region;
    }
    static std::string region_of_new_connection(dsql::pool& pool) {
        pool.reset();
        return region_of(*pool.acquire(dsql::within{30s}));
    }

    temporary_directory directory_{};
    static std::optional<restartable_endpoint> east_;
    static std::optional<restartable_endpoint> west_;
    std::shared_ptr<endpoint_observer> observer_ = std::make_shared<endpoint_observer>();
};

std::optional<restartable_endpoint> Failover::east_;
std::optional<restartable_endpoint> Failover::west_;

TEST_F(Failover, NewConnectionsGoToThePreferredEndpointThatIsUp) {
    dsql::pool pool(settings(), {.max_connections = 2});
    EXPECT_EQ(region_of_new_connection(pool), "us-east-1");
    EXPECT_TRUE(observer_->take_failovers().empty());

    east_->stop(true);
    observer_->take_hosts();
    EXPECT_EQ(region_of_new_connection(pool), "us-west-2");
    EXPECT_EQ(observer_->take_hosts(),
              (std::vector<std::string>{"dsqllocalstandinendpoint00.dsql.us-east-1.on.aws",
                                        "dsqllocalstandinendpoint00.dsql.us-west-2.on.aws"}));
    const std::vector<std::string> failovers = observer_->take_failovers();
    ASSERT_EQ(failovers.size(), 1U);
    EXPECT_NE(failovers[0].find("us-east-1.on.aws\" (127.0.0.1)"), std::string::npos)
        << failovers[0];
    EXPECT_EQ(pool.stat().connect_errors, 0) << "the pool did connect";

    east_->start();
    trust_both();
    await([&] { return region_of_new_connection(pool) == "us-east-1"; });
    EXPECT_EQ(pool.stat().token_refreshes, 2) << "one for each region";
}

TEST_F(Failover, IfAllAreDownTheErrorNamesAll) {
    dsql::config both = settings();
    both.port = 1;
    both.failover.front().port = 1;
    try {
        static_cast<void>(dsql::connect(both));
        FAIL() << "there is nobody to connect to";
    } catch (const dsql::connection_error& failure) {
        const std::string message = failure.what();
        EXPECT_TRUE(message.starts_with("all 2 endpoints failed: ")) << message;
        EXPECT_NE(message.find("us-east-1.on.aws"), std::string::npos) << message;
        EXPECT_NE(message.find("us-west-2.on.aws"), std::string::npos) << message;
        EXPECT_EQ(failure.phase(), dsql::connection_phase::tcp);
        EXPECT_TRUE(failure.is_transient());
    }
}

// The other endpoint would accept all of these connects.
TEST_F(Failover, WhatAnotherEndpointCannotMendIsAnErrorAtOnce) {
    const dsql::config both = settings();
    dsql::config changed = both;
    changed.user = "nobody";
    EXPECT_NE(thrown_message<dsql::connection_error>([&] { return dsql::connect(changed); }), "");
    changed = both;
    changed.ssl_root_cert = west_->settings().ssl_root_cert;
    EXPECT_NE(thrown_message<dsql::connection_error>([&] {
                  return dsql::connect(changed);
              }).find("certificate"),
              std::string::npos);
    EXPECT_TRUE(observer_->take_failovers().empty());
    for (const std::string& host : observer_->take_hosts()) {
        EXPECT_NE(host.find("us-east-1"), std::string::npos) << host;
    }
}

// A name without an address, a server that says nothing, and one that is unavailable.
TEST_F(Failover, EachWayOfBeingDownLeadsToTheNextEndpoint) {
    const dsql::config both = settings();
    dsql::config unknown = both;
    unknown.host_address = "nothing.invalid";
    dsql::connection after_lookup = dsql::connect(unknown);
    EXPECT_EQ(region_of(after_lookup), "us-west-2");
    EXPECT_EQ(observer_->take_failovers().size(), 1U);

    const int listening = loopback_socket::open();
    dsql::config mute = both;
    mute.port = loopback_socket::listen_anywhere(listening);
    mute.connect_timeout = 4s;
    dsql::connection after_silence = dsql::connect(mute);
    close(listening);
    EXPECT_EQ(region_of(after_silence), "us-west-2");
    const std::vector<std::string> failovers = observer_->take_failovers();
    ASSERT_EQ(failovers.size(), 1U);
    EXPECT_NE(failovers[0].find("timed out while connecting to"), std::string::npos);
}

// PrivateLink: a name in place of the host's address, and the identifier in the startup options.
TEST_F(Failover, AnAddressMayBeANameAndTheClusterIdStandsBesideOtherOptions) {
    dsql::config settings = east_->settings();
    settings.host_address = "localhost";
    settings.cluster_id = "dsqllocalstandinendpoint00";
    settings.search_path = "pg_catalog, public";
    dsql::connection session = dsql::connect(settings);
    EXPECT_EQ(region_of(session), "us-east-1");
    EXPECT_EQ(session.query_value<std::string>("SHOW search_path"), "pg_catalog, public");
}

}  // namespace failover_test
