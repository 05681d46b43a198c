// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>

#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace endpoint_test {

using dsql::config_error;
using dsql::endpoint;
using dsql::resolve_endpoint;

constexpr const char* identifier = "abcdefghijklmnopqrstuvwxy0";

class Endpoint : public testing::Test {
protected:
    Endpoint() { environment_.clear(); }
    scoped_environment environment_;
};

TEST_F(Endpoint, RegionComesFromTheHost) {
    const endpoint found = resolve_endpoint({.host = "x.dsql.eu-west-2.on.aws"});
    EXPECT_EQ(found.region, "eu-west-2");
    EXPECT_EQ(found.host, "x.dsql.eu-west-2.on.aws");
    EXPECT_EQ(found.port, 5432);
}

TEST_F(Endpoint, PrivateLinkAndLocalNamesContainTheRegion) {
    EXPECT_EQ(resolve_endpoint({.host = "x.dsql-fnh4.us-west-2.on.aws"}).region, "us-west-2");
    EXPECT_EQ(resolve_endpoint({.host = "x.dsql-local.us-east-2.on.aws"}).region, "us-east-2");
}

TEST_F(Endpoint, OtherNamesContainNoRegion) {
    for (const char* host : {"localhost", "dsql.us-east-1.on.aws", "x.rds.us-east-1.on.aws",
                             "x.dsql.us-east-1.on.aws.evil.example",
                             "x.dsql.us-east-1.amazonaws.com", "on.aws", "x.dsql..on.aws"}) {
        EXPECT_THROW(static_cast<void>(resolve_endpoint({.host = host})), config_error) << host;
    }
}

TEST_F(Endpoint, HostIsLowerCasedAndLosesItsFinalDot) {
    const endpoint found = resolve_endpoint({.host = "Peccy.DSQL.us-east-1.on.AWS."});
    EXPECT_EQ(found.host, "peccy.dsql.us-east-1.on.aws");
    EXPECT_EQ(found.region, "us-east-1");
}

TEST_F(Endpoint, IdentifierIsCompletedWithTheRegion) {
    EXPECT_EQ(resolve_endpoint({.host = identifier, .region = "us-east-1"}).host,
              std::string(identifier) + ".dsql.us-east-1.on.aws");
    environment_.set("AWS_REGION", "eu-central-1");
    EXPECT_EQ(resolve_endpoint({.host = identifier}).host,
              std::string(identifier) + ".dsql.eu-central-1.on.aws");
}

TEST_F(Endpoint, OnlyAnIdentifierIsCompleted) {
    for (const char* host : {"abcdefghijklmnopqrstuvwxy", "abcdefghijklmnopqrstuvwxy01",
                             "ABCDEFGHIJKLMNOPQRSTUVWXY0", "abcdefghijklmnopqrstuvwxy-"}) {
        EXPECT_EQ(resolve_endpoint({.host = host, .region = "us-east-1"}).host.find(".dsql."),
                  std::string::npos)
            << host;
    }
}

TEST_F(Endpoint, RegionIsLookedForInOrder) {
    const temporary_file config_file(
        "[default]\nregion = from-default\n[profile p]\nregion=from-p\n");
    environment_.set("AWS_CONFIG_FILE", config_file.path());
    EXPECT_EQ(resolve_endpoint({.host = "localhost"}).region, "from-default");
    EXPECT_EQ(resolve_endpoint({.host = "localhost", .profile = "p"}).region, "from-p");
    environment_.set("AWS_PROFILE", "p");
    EXPECT_EQ(resolve_endpoint({.host = "localhost"}).region, "from-p");
    environment_.set("AWS_DEFAULT_REGION", "from-default-variable");
    EXPECT_EQ(resolve_endpoint({.host = "localhost"}).region, "from-default-variable");
    environment_.set("AWS_REGION", "from-variable");
    EXPECT_EQ(resolve_endpoint({.host = "localhost"}).region, "from-variable");
    EXPECT_EQ(resolve_endpoint({.host = "x.dsql.from-host.on.aws"}).region, "from-host");
    EXPECT_EQ(resolve_endpoint({.host = "localhost", .region = "explicit"}).region, "explicit");
}

TEST_F(Endpoint, ContradictionNamesBothRegions) {
    const std::string message = thrown_message<config_error>([] {
        return resolve_endpoint({.host = "x.dsql.us-east-1.on.aws", .region = "eu-west-1"});
    });
    EXPECT_NE(message.find("\"eu-west-1\" contradicts the region \"us-east-1\""), std::string::npos)
        << message;
    EXPECT_EQ(resolve_endpoint({.host = "x.dsql.us-east-1.on.aws", .region = "us-east-1"}).region,
              "us-east-1");
}

TEST_F(Endpoint, EnvironmentIsTheFallbackForAStandIn) {
    environment_.set("DSQL_HOST_ADDRESS", "127.0.0.1");
    environment_.set("DSQL_PORT", "6543");
    environment_.set("DSQL_SSL_ROOT_CERT", "/ca.pem");
    const endpoint found = resolve_endpoint({.host = "x.dsql.us-east-1.on.aws"});
    EXPECT_EQ(found.host_address, "127.0.0.1");
    EXPECT_EQ(found.port, 6543);
    EXPECT_EQ(found.ssl_root_cert, "/ca.pem");
    const endpoint chosen = resolve_endpoint({.host = "x.dsql.us-east-1.on.aws",
                                              .port = 7777,
                                              .host_address = "10.0.0.1",
                                              .ssl_root_cert = "/own.pem"});
    EXPECT_EQ(chosen.host_address, "10.0.0.1");
    EXPECT_EQ(chosen.port, 7777);
    EXPECT_EQ(chosen.ssl_root_cert, "/own.pem");
}

// What a config says, of which the environment says something else.
struct explicit_value {
    const char* variable;
    const char* environment_value;
    dsql::config settings;
    endpoint expected;  // of the fields below
};

TEST_F(Endpoint, WhatIsSetWinsOverTheEnvironmentAlsoWhereItIsTheDefault) {
    constexpr const char* host = "x.dsql.us-east-1.on.aws";
    const std::vector<explicit_value> cases = {
        {"DSQL_PORT", "6543", {.host = host}, {.port = 6543}},
        {"DSQL_PORT", "6543", {.host = host, .port = 5432}, {.port = 5432}},
        {"DSQL_PORT", "6543", {.host = host, .port = 7777}, {.port = 7777}},
        {"DSQL_PORT", "not a number", {.host = host, .port = 5432}, {.port = 5432}},
        {"DSQL_PORT",
         "6543",
         dsql::parse_connection_string("postgres://" + std::string(host)),
         {.port = 6543}},
        {"DSQL_PORT",
         "6543",
         dsql::parse_connection_string("postgres://" + std::string(host) + ":5432"),
         {.port = 5432}},
        {"DSQL_PORT",
         "6543",
         dsql::parse_connection_string("host=" + std::string(host) + " port=5432"),
         {.port = 5432}},
        {"DSQL_HOST_ADDRESS", "127.0.0.1", {.host = host}, {.host_address = "127.0.0.1"}},
        {"DSQL_HOST_ADDRESS", "127.0.0.1", {.host = host, .host_address = ""}, {}},
        {"DSQL_HOST_ADDRESS", "not an address", {.host = host, .host_address = ""}, {}},
        {"DSQL_HOST_ADDRESS",
         "127.0.0.1",
         {.host = host, .host_address = "10.0.0.1"},
         {.host_address = "10.0.0.1"}},
        {"DSQL_SSL_ROOT_CERT", "/ca.pem", {.host = host}, {.ssl_root_cert = "/ca.pem"}},
        {"DSQL_SSL_ROOT_CERT",
         "/ca.pem",
         {.host = host, .ssl_root_cert = "system"},
         {.ssl_root_cert = "system"}},
    };
    for (const explicit_value& each : cases) {
        scoped_environment environment;
        environment.clear();
        environment.set(each.variable, each.environment_value);
        const endpoint found = resolve_endpoint(each.settings);
        SCOPED_TRACE(std::string(each.variable) + "=" + each.environment_value);
        EXPECT_EQ(found.port, each.expected.port);
        EXPECT_EQ(found.host_address, each.expected.host_address);
        EXPECT_EQ(found.ssl_root_cert, each.expected.ssl_root_cert);
    }
}

struct bad_host {
    const char* host;
    const char* because;
};

TEST_F(Endpoint, UnusableHostsNameTheReason) {
    const std::vector<bad_host> hosts = {
        {"", "host is missing"},
        {"127.0.0.1", "is an IP address"},
        {"::1", "is an IP address"},
        {"2001:db8::1:2", "is an IP address"},
        {"h:5432", "holds a ':'"},
        {"postgres://admin:hunter2@x.dsql.us-east-1.on.aws/postgres", "holds a ':'"},
        {"admin:hunter2@x.dsql.us-east-1.on.aws:5432", "holds a ':'"},
        {"admin::hunter2", "holds a ':'"},
        {"hunter2@x.dsql.us-east-1.on.aws", "its character 8 is \"@\""},
        {"https://x.dsql.us-east-1.on.aws", "holds a ':'"},
        {"h;password=hunter2", "its character 2 is \";\""},
        {"a,b", "its character 2 is \",\"; give one name here, and the others as failover"},
        {"a b", "is not a host name"},
        {"a..b", "is not a host name"},
        {"/var/run/postgresql", "is not a host name"},
        {"a\nb", "is not a host name"},
    };
    for (const bad_host& bad : hosts) {
        const std::string message = thrown_message<config_error>(
            [&] { return resolve_endpoint({.host = bad.host, .region = "us-east-1"}); });
        EXPECT_NE(message.find(bad.because), std::string::npos) << bad.host << " -> " << message;
        EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    }
}

TEST_F(Endpoint, PortsOutOfRangeAreRejected) {
    for (const int port : {0, -1, 65536, 70000}) {
        const std::string message = thrown_message<config_error>(
            [&] { return resolve_endpoint({.host = "x.dsql.us-east-1.on.aws", .port = port}); });
        EXPECT_NE(message.find("port " + std::to_string(port) + " is out of range"),
                  std::string::npos)
            << message;
    }
    environment_.set("DSQL_PORT", "x");
    EXPECT_THROW(static_cast<void>(resolve_endpoint({.host = "x.dsql.us-east-1.on.aws"})),
                 config_error);
}

TEST_F(Endpoint, AHostAddressIsAnAddressOrAName) {
    const std::vector<std::pair<const char*, const char*>> cases = {
        {"::1", "::1"},
        {"127.0.0.1", "127.0.0.1"},
        {"localhost", "localhost"},
        {"Tunnel.example.", "tunnel.example"},
        {"vpce-04037adb76c111221-d849uc2p.dsql-fnh4.us-east-1.vpce.amazonaws.com",
         "vpce-04037adb76c111221-d849uc2p.dsql-fnh4.us-east-1.vpce.amazonaws.com"},
        {"vpce-04037adb76c111221-d849uc2p-us-east-1a.dsql-fnh4.us-east-1.vpce.amazonaws.com",
         "vpce-04037adb76c111221-d849uc2p-us-east-1a.dsql-fnh4.us-east-1.vpce.amazonaws.com"},
    };
    for (const auto& [given, expected] : cases) {
        const endpoint found =
            resolve_endpoint({.host = "x.dsql.us-east-1.on.aws", .host_address = given});
        EXPECT_EQ(found.host_address, expected);
        EXPECT_EQ(found.host, "x.dsql.us-east-1.on.aws");
    }
}

TEST_F(Endpoint, UnusableHostAddressesNameTheReason) {
    const auto message = [](const std::optional<std::string>& address) {
        return thrown_message<config_error>([&] {
            return resolve_endpoint({.host = "x.dsql.us-east-1.on.aws", .host_address = address});
        });
    };
    for (const char* bad :
         {"127.0.0.1:5432", "[::1]", "999.1.1.1", "https://localhost", "a b", "a,b", "*.example",
          "a..b", ".example", ".", "admin@localhost", "localhost/"}) {
        EXPECT_NE(message(bad).find("config: host_address \"" + std::string(bad) +
                                    "\" is neither an IP address, such as 127.0.0.1, nor a host "
                                    "name; give it without scheme, brackets and port"),
                  std::string::npos)
            << bad << " -> " << message(bad);
    }
    EXPECT_NE(message(std::string(254, 'a')), "");
    environment_.set("DSQL_HOST_ADDRESS", "not here");
    EXPECT_NE(message(std::nullopt).find("DSQL_HOST_ADDRESS: \"not here\""), std::string::npos);
}

// --- PrivateLink

constexpr const char* private_link = "vpce-04-d8.dsql-fnh4.us-east-1.vpce.amazonaws.com";

TEST_F(Endpoint, APrivateLinkNameIsNoHost) {
    for (const std::string host : {private_link,
                                   "VPCE-04-d8-cn-north-1a.dsql-x.cn-north-1.vpce."
                                   "amazonaws.com.cn"}) {
        const std::string message = thrown_message<config_error>(
            [&] { return resolve_endpoint({.host = host, .region = "us-east-1"}); });
        EXPECT_NE(message.find("is the name of a PrivateLink endpoint"), std::string::npos);
        EXPECT_NE(message.find("this name as host_address"), std::string::npos) << message;
    }
}

TEST_F(Endpoint, TheClusterIdIsSentToAPrivateLinkName) {
    const auto sent = [](const std::string& host, const std::string& address,
                         const std::string& given = {}) {
        return resolve_endpoint({.host = host, .host_address = address, .cluster_id = given})
            .cluster_id;
    };
    const std::string id = identifier;
    environment_.set("AWS_REGION", "us-east-1");
    EXPECT_EQ(sent(id, private_link), id);
    EXPECT_EQ(sent(id + ".dsql.us-east-1.on.aws", private_link), id);
    EXPECT_EQ(sent(id + ".dsql-fnh4.us-east-1.on.aws", private_link), id);
    EXPECT_EQ(sent("x.dsql.us-east-1.on.aws", private_link), "");
    EXPECT_EQ(sent("x.dsql.us-east-1.on.aws", private_link, id), id);
    for (const char* other : {"", "10.0.0.1", "localhost", "vpce-04.example"}) {
        EXPECT_EQ(sent(id, other), "") << other;
        EXPECT_EQ(sent(id, other, id), id) << other;
    }
}

TEST_F(Endpoint, AWrongClusterIdIsRefused) {
    const auto message = [](const std::string& given) {
        return thrown_message<config_error>([&] {
            return resolve_endpoint({.host = identifier, .region = "r", .cluster_id = given});
        });
    };
    EXPECT_NE(message("abcdefghijklmnopqrstuvwxy1").find("contradicts the identifier"),
              std::string::npos);
    for (const char* bad : {"x", "ABCDEFGHIJKLMNOPQRSTUVWXY0", "abcdefghijklmnopqrstuvwxy0 "}) {
        EXPECT_NE(message(bad).find("is not a cluster's identifier"), std::string::npos) << bad;
    }
}

// --- several endpoints

TEST_F(Endpoint, FailoverEndpointsHaveRegionsOfTheirOwn) {
    environment_.set("AWS_REGION", "eu-west-1");
    const std::vector<endpoint> found = dsql::resolve_endpoints(
        {.host = identifier,
         .port = 6543,
         .host_address = "10.0.0.1",
         .failover = {{.host = "B.dsql.us-east-2.on.aws"},
                      {.host = identifier, .region = "us-west-2", .port = 1, .host_address = "b"},
                      {.host = "c.example", .region = "us-west-1"}},
         .ssl_root_cert = "/ca.pem"});
    ASSERT_EQ(found.size(), 4U);
    EXPECT_EQ(found[0].host, std::string(identifier) + ".dsql.eu-west-1.on.aws");
    EXPECT_EQ(found[1].host, "b.dsql.us-east-2.on.aws");
    EXPECT_EQ(found[1].region, "us-east-2");
    EXPECT_EQ(found[1].port, 6543);
    EXPECT_EQ(found[1].host_address, "") << "that of the config is another endpoint's";
    EXPECT_EQ(found[1].ssl_root_cert, "/ca.pem");
    EXPECT_EQ(found[2].host, std::string(identifier) + ".dsql.us-west-2.on.aws");
    EXPECT_EQ(found[2].port, 1);
    EXPECT_EQ(found[2].host_address, "b");
    EXPECT_EQ(found[3].region, "us-west-1");
}

TEST_F(Endpoint, TheEnvironmentsAddressIsForEveryEndpoint) {
    environment_.set("DSQL_HOST_ADDRESS", "127.0.0.1");
    const std::vector<endpoint> found = dsql::resolve_endpoints(
        {.host = "a.dsql.us-east-1.on.aws",
         .failover = {{.host = "b.dsql.us-east-2.on.aws"},
                      {.host = "c.dsql.us-east-2.on.aws", .host_address = ""}}});
    EXPECT_EQ(found[1].host_address, "127.0.0.1");
    EXPECT_EQ(found[2].host_address, "");
}

TEST_F(Endpoint, AnErrorNamesTheFailoverEndpoint) {
    environment_.set("AWS_REGION", "eu-west-1");
    const auto message = [](const dsql::failover_endpoint& second) {
        return thrown_message<config_error>([&] {
            return dsql::resolve_endpoints(
                {.host = "a.dsql.us-east-1.on.aws",
                 .failover = {{.host = "b.dsql.us-east-2.on.aws"}, second}});
        });
    };
    const std::vector<std::pair<dsql::failover_endpoint, const char*>> cases = {
        {{}, "config: failover endpoint 2: host is missing"},
        {{.host = identifier}, "config: failover endpoint 2: no region: host"},
        {{.host = "10.0.0.1"}, "failover endpoint 2: host \"10.0.0.1\" is an IP address"},
        {{.host = "b.dsql.us-east-2.on.aws", .port = 0}, "failover endpoint 2: port 0 is out"},
        {{.host = "b.dsql.us-east-2.on.aws", .host_address = "a:1"}, "endpoint 2: host_address"},
    };
    for (const auto& [second, because] : cases) {
        EXPECT_NE(message(second).find(because), std::string::npos) << message(second);
    }
}

TEST_F(Endpoint, MalformedRegionsAreRejected) {
    EXPECT_THROW(static_cast<void>(resolve_endpoint({.host = "localhost", .region = "us east"})),
                 config_error);
    environment_.set("AWS_REGION", "us/east");
    EXPECT_THROW(static_cast<void>(resolve_endpoint({.host = "localhost"})), config_error);
}

// The system would see what is before it.
TEST_F(Endpoint, ZeroBytesAreRefused) {
    const std::string zero(1, '\0');
    const auto message = [](const dsql::config& settings) {
        return thrown_message<config_error>([&] { return resolve_endpoint(settings); });
    };
    const std::string host = "x.dsql.us-east-1.on.aws";
    EXPECT_EQ(message({.host = host, .host_address = "127.0.0.1" + zero + ".example"}),
              "config: host_address holds a zero byte");
    EXPECT_EQ(message({.host = host, .host_address = zero}),
              "config: host_address holds a zero byte");
    EXPECT_EQ(message({.host = host, .ssl_root_cert = "/etc/ca.pem" + zero + "x"}),
              "config: ssl_root_cert holds a zero byte");
    EXPECT_EQ(message({.host = host, .ssl_root_cert = "system" + zero}),
              "config: ssl_root_cert holds a zero byte");
    EXPECT_NE(message({.host = host + zero}), "");
    EXPECT_NE(message({.host = host, .region = "us-east-1" + zero}), "");
}

}  // namespace endpoint_test
