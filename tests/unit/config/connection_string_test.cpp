// SPDX-License-Identifier: Apache-2.0
#include <dsql/config.hpp>
#include <dsql/error.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace connection_string_test {

using dsql::config;
using dsql::config_error;
using dsql::parse_connection_string;
using namespace std::chrono_literals;

TEST(ConnectionString, MissingPartsHaveDefaults) {
    const config parsed = parse_connection_string("postgres://cluster.dsql.us-east-1.on.aws");
    EXPECT_EQ(parsed.host, "cluster.dsql.us-east-1.on.aws");
    EXPECT_EQ(parsed.user, "admin");
    EXPECT_EQ(parsed.database, "postgres");
    EXPECT_EQ(parsed.port, std::nullopt);
    EXPECT_EQ(parsed.token_duration, 900s);
    EXPECT_EQ(parsed.connect_timeout, std::nullopt);
    EXPECT_EQ(parsed.region, "");
    EXPECT_EQ(parsed.profile, "");
}

class ConnectionStringScheme : public testing::TestWithParam<const char*> {};

TEST_P(ConnectionStringScheme, ReadsEveryPart) {
    const config parsed = parse_connection_string(
        std::string(GetParam()) +
        "app%40x@cluster.example:6543/orders%2F1?region=eu-west-1&profile=my%20profile"
        "&tokenDurationSecs=60&connect_timeout=3&hostaddr=10.0.0.1&sslrootcert=/ca.pem");
    EXPECT_EQ(parsed.user, "app@x");
    EXPECT_EQ(parsed.host, "cluster.example");
    EXPECT_EQ(parsed.port, 6543);
    EXPECT_EQ(parsed.database, "orders/1");
    EXPECT_EQ(parsed.region, "eu-west-1");
    EXPECT_EQ(parsed.profile, "my profile");
    EXPECT_EQ(parsed.token_duration, 60s);
    EXPECT_EQ(parsed.connect_timeout, 3s);
    EXPECT_EQ(parsed.host_address, "10.0.0.1");
    EXPECT_EQ(parsed.ssl_root_cert, "/ca.pem");
}

INSTANTIATE_TEST_SUITE_P(All, ConnectionStringScheme,
                         testing::Values("postgres://", "postgresql://", "dsql://", "DSQL://"));

TEST(ConnectionString, ReadsKeywordValueForm) {
    const config parsed = parse_connection_string(
        " host = cluster.example  port=6543 dbname='a b' region=eu-west-1\n"
        "profile='it\\'s \\\\ me' tokenDurationSecs=604800 ");
    EXPECT_EQ(parsed.host, "cluster.example");
    EXPECT_EQ(parsed.port, 6543);
    EXPECT_EQ(parsed.database, "a b");
    EXPECT_EQ(parsed.region, "eu-west-1");
    EXPECT_EQ(parsed.profile, "it's \\ me");
    EXPECT_EQ(parsed.token_duration, 604800s);
}

TEST(ConnectionString, ReadsStatementOptions) {
    const config plain = parse_connection_string("host=h");
    EXPECT_EQ(plain.command_timeout, 0s);
    EXPECT_EQ(plain.statement_cache_capacity, 256U);
    const config given =
        parse_connection_string("host=h command_timeout=30 statement_cache_capacity=0");
    EXPECT_EQ(given.command_timeout, 30s);
    EXPECT_EQ(given.statement_cache_capacity, 0U);
}

TEST(ConnectionString, SslRootCertMayBeSystem) {
    EXPECT_EQ(parse_connection_string("host=h sslrootcert=system").ssl_root_cert, "system");
}

TEST(ConnectionString, EmptyPortAndEmptyDatabaseMeanTheDefault) {
    const config parsed = parse_connection_string("postgres://h:/?region=r");
    EXPECT_EQ(parsed.port, std::nullopt);
    EXPECT_EQ(parsed.database, "postgres");
}

TEST(ConnectionString, FixedBehaviorMayBeStated) {
    const config parsed = parse_connection_string(
        "postgres://h/?sslmode=verify-full&sslnegotiation=direct&sslsni=1&gssencmode=disable"
        "&client_encoding=utf8&target_session_attrs=any");
    EXPECT_EQ(parsed.host, "h");
    EXPECT_EQ(parse_connection_string("host=h sslmode=verify-full").host, "h");
}

TEST(ConnectionString, NamesAndTheSearchPathCanBeSet) {
    const config parsed = parse_connection_string(
        "postgres://h/?application_name=my%20service&ormPrefix=sqlgen&search_path=app%2C%20public");
    EXPECT_EQ(parsed.application_name, "my service");
    EXPECT_EQ(parsed.orm_prefix, "sqlgen");
    EXPECT_EQ(parsed.search_path, "app, public");
}

TEST(ConnectionString, MayBeJustTheHost) {
    for (const char* const host : {"cluster.dsql.us-east-1.on.aws", "a1b2c3d4e5f6g7h8i9j0klmnop",
                                   "a1b2c3d4e5f6g7h8i9j0klmnop.dsql-fnh4.us-east-1.on.aws",
                                   "A1b2c3d4e5f6g7h8i9j0klmnop.DSQL.us-east-1.on.aws"}) {
        EXPECT_EQ(parse_connection_string(host).host, host);
        EXPECT_EQ(parse_connection_string(std::string(" ") + host + "\n").host, host);
    }
}

TEST(ConnectionString, OptionsMaySetTheClusterIdAndTheSearchPath) {
    for (const char* const options : {"-c amzn-cluster-id=abc -c search_path=app,\\ public",
                                      "-camzn_cluster_id=abc "
                                      "--search_path=app,\\ public",
                                      "  --amzn-cluster-id=abc -c SEARCH_PATH=app,\\ public "}) {
        std::string quoted;
        for (const char* c = options; *c != '\0'; ++c) {
            quoted += *c == '\\' ? "\\\\" : std::string(1, *c);
        }
        const config parsed = parse_connection_string("host=h options='" + quoted + "'");
        EXPECT_EQ(parsed.cluster_id, "abc") << options;
        EXPECT_EQ(parsed.search_path, "app, public") << options;
    }
    EXPECT_EQ(
        parse_connection_string("postgres://h/?options=-c%20amzn-cluster-id%3Dabc").cluster_id,
        "abc");
}

// --- several hosts

// The hosts of a config, with their ports and addresses; "-" stands for one that is not set.
std::string described(const config& parsed) {
    const auto text = [](const std::string& host, const auto& port, const auto& address) {
        return host + " " + (port ? std::to_string(*port) : "-") + " " + address.value_or("-");
    };
    std::string all = text(parsed.host, parsed.port, parsed.host_address);
    for (const dsql::failover_endpoint& next : parsed.failover) {
        all += "; " + text(next.host, next.port, next.host_address);
    }
    return all;
}

TEST(ConnectionString, MayHaveSeveralHosts) {
    const std::vector<std::pair<const char*, const char*>> cases = {
        {"host=a,b", "a - -; b - -"},
        {"host=a,b,c port=1", "a 1 -; b - -; c - -"},
        {"host=a,b port=1,2 hostaddr=x,y", "a 1 x; b 2 y"},
        {"host=a,b port=,2 hostaddr=,y", "a - ; b 2 y"},
        {"host=a,b port=1,", "a 1 -; b 5432 -"},
        {"postgres://a,b/db", "a - -; b - -"},
        {"postgres://u@a:1,b:2/db", "a 1 -; b 2 -"},
        {"postgres://a:1,b/", "a 1 -; b 5432 -"},
        {"postgres://a,b:2?hostaddr=x,y", "a - x; b 2 y"},
        {"postgres://?host=a,b&port=1,2", "a 1 -; b 2 -"},
        {" a.dsql.us-east-1.on.aws,b.dsql.us-east-2.on.aws ",
         "a.dsql.us-east-1.on.aws - -; b.dsql.us-east-2.on.aws - -"},
    };
    for (const auto& [given, expected] : cases) {
        EXPECT_EQ(described(parse_connection_string(given)), expected) << given;
    }
}

struct refused {
    const char* text;
    const char* because;  // a part of the expected message
};

class ConnectionStringRefused : public testing::TestWithParam<refused> {};

TEST_P(ConnectionStringRefused, NamesTheReason) {
    const std::string message =
        thrown_message<config_error>([] { return parse_connection_string(GetParam().text); });
    EXPECT_NE(message.find(GetParam().because), std::string::npos)
        << GetParam().text << " -> " << message;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << "a password is shown: " << message;
}

const std::vector<refused> refused_strings = {
    {"", "host is missing"},
    {"postgres://", "host is missing"},
    {"postgres:///postgres", "host is missing"},
    {"user=admin", "host is missing"},
    {"host=h command_timeout=-1", "command_timeout is negative"},
    {"host=h command_timeout=1.5", "not a whole number of seconds"},
    {"host=h statement_cache_capacity=-1", "not a whole number"},
    {"host=h statement_cache_capacity=many", "not a whole number"},
    {"mysql://h/db", "unknown scheme \"mysql://\""},
    {"hunter2", "expected keyword=value at character 1"},
    {"db.example.com", "or just the cluster's endpoint or identifier"},
    {"a1b2c3d4e5f6g7h8i9j0klmnop hunter2", "expected keyword=value at character 1"},
    {"A1B2C3D4E5F6G7H8I9J0KLMNOP", "expected keyword=value at character 1"},
    {"host=h hunter2", "expected keyword=value at character 8"},
    {"host='h", "quote opened at character 6 is never closed"},
    {"postgres://u:hunter2@h/db", "a password is refused"},
    {"postgres://u:@h/db", "a password is refused"},
    {"postgres://h/db?password=hunter2", "a password is refused"},
    {"postgres://h/db?PASSWORD=hunter2", "a password is refused"},
    {"host=h password=hunter2", "a password is refused"},
    {"host=h passfile=/x", "a password is refused"},
    {"postgres://h/db?sslmode=disable", "sslmode is always verify-full"},
    {"host=h sslmode=require", "sslmode is always verify-full"},
    {"host=h SSLMODE=prefer", "sslmode is always verify-full"},
    {"host=h sslmode=''", "sslmode is always verify-full"},
    {"host=h sslmode=verify-full sslmode=verify-full", "sslmode is given twice"},
    {"host=h sslnegotiation=postgres", "sslnegotiation is always direct"},
    {"host=h sslsni=0", "sslsni is always 1"},
    {"host=h gssencmode=prefer", "gssencmode is always disable"},
    {"host=h client_encoding=LATIN1", "client_encoding is always UTF8"},
    {"host=h target_session_attrs=read-only", "target_session_attrs is always any"},
    {"host=h requiressl=1", "requiressl cannot be set"},
    {"host=h application_name=", "application_name is empty"},
    {"host=h load_balance_hosts=random", "load_balance_hosts is always disable"},
    {"host='' user=u", "host is empty"},
    {"host=h hostaddr=", "hostaddr is empty"},
    {"host=a,", "host 2 of 2 is empty"},
    {"postgres://a,,b", "host 2 of 3 is empty"},
    {"host=a,b port=1,2,3", "2 hosts, but 3 values of port; give one for each host"},
    {"host=a port=1,2", "1 host, but 2 values of port"},
    {"host=a,b hostaddr=x", "2 hosts, but 1 value of hostaddr"},
    {"host=a,b port=1,x", "the port is not a number"},
    {"postgres://a:1,b:65536", "port 65536 is out of range"},
    {"postgres://a,[::1]", "an IPv6 literal cannot be the host"},
    {"host=h options='-c geqo=off'", "options sets \"geqo\"; only search_path and amzn-cluster-id"},
    {"host=h options=amzn-cluster-id=abc", "options cannot be read at word 1"},
    {"host=h options='-c amzn-cluster-id'", "options cannot be read at word 2"},
    {"host=h options='--amzn-cluster-id=a -c'", "options cannot be read at word 2"},
    {"host=h options='-c amzn-cluster-id=a -c amzn_cluster_id=a'",
     "amzn-cluster-id is given twice"},
    {"host=h search_path=a options='-c search_path=b'", "search_path is given twice"},
    {"host=h options='-c search_path=a' options='-c search_path=a'", "options is given twice"},
    {"host=h sslrootcert=none", "sslrootcert=none is refused"},
    {"postgres://h?sslrootcert=none", "sslrootcert=none is refused"},
    {"postgres://[::1]:5432/db", "IPv6 literal"},
    {"postgres://h:0/db", "port 0 is out of range"},
    {"postgres://h:70000/db", "port 70000 is out of range"},
    {"postgres://h:-1/db", "port -1 is out of range"},
    {"postgres://h:54x/db", "the port is not a number"},
    {"postgres://h:99999999999/db", "is not a number"},
    {"postgres://u:hunter2/x@h/db", "the port is not a number"},
    {"postgres://u:hunter2?x@h/db", "the port is not a number"},
    {"postgres://u:hunter2#x@h/db", "the port is not a number"},
    {"host=h port=0", "port 0 is out of range"},
    {"postgres://h/db?region", "parameter \"region\" has no value"},
    {"postgres://h/db?region=", "region is empty"},
    {"postgres://h/db?color=red", "unknown parameter \"color\"; known are host, port"},
    {"host=h options=-cgeqo=off", "options sets \"geqo\""},
    {"host=h service=x", "unknown parameter \"service\""},
    {"host=h host=i", "host is given twice"},
    {"postgres://h/db?host=i", "host is given twice"},
    {"postgres://h/db?region=a&region=b", "region is given twice"},
    {"postgres://h/db?tokenDurationSecs=0", "tokenDurationSecs 0 s is out of range"},
    {"postgres://h/db?tokenDurationSecs=604801", "tokenDurationSecs 604801 s is out of range"},
    {"postgres://h/db?tokenDurationSecs=15m", "tokenDurationSecs is not a whole number"},
    {"postgres://h/db?connect_timeout=0", "connect_timeout must be more than zero"},
    {"postgres://h/db%2", "broken percent-encoding in the database name at its character 3"},
    {"postgres://h/db%zz", "broken percent-encoding in the database name"},
    {"postgres://a%00@h/db", "%00 is not allowed in the user name"},
    {"postgres://h/db#x", "fragment"},
};

INSTANTIATE_TEST_SUITE_P(All, ConnectionStringRefused, testing::ValuesIn(refused_strings));

}  // namespace connection_string_test
