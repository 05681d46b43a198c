// SPDX-License-Identifier: Apache-2.0
#include "proxy/session_traffic.hpp"

#include "wire/messages.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace session_traffic_test {

using dsql_cli::proxy::session_traffic;
using wire::encode_message;

enum class side { client, cluster };

// Gives bytes to the session in chunks of a size, and returns what comes out.
std::string pass(session_traffic& traffic, side from, std::string_view bytes,
                 std::size_t chunk_size = 65'536) {
    std::string passed;
    wire::relay_buffer out;
    while (!bytes.empty()) {
        const std::string_view chunk = bytes.substr(0, chunk_size);
        bytes.remove_prefix(chunk.size());
        out.reset(chunk);
        from == side::client ? traffic.from_client(chunk, out) : traffic.from_cluster(chunk, out);
        passed += out.bytes();
    }
    return passed;
}

const std::string ready = encode_message('Z', "I");

std::string error(std::string_view severity) {
    return wire::encode_error_response({.sqlstate = "57P01", .message = "bye"}, severity);
}

TEST(SessionTraffic, PassesAllBytesInChunksOfAnySize) {
    const std::string requests = wire::encode_parse("s", wire::parse_tail("SELECT 1")) +
                                 wire::encode_bind("", "s") + wire::encode_execute("") +
                                 wire::encode_sync() + wire::encode_query("SELECT 2") +
                                 encode_message('X', "");
    const std::string responses = encode_message('1', "") + encode_message('D', "row") +
                                  error("ERROR") + ready + encode_message('D', "") + ready;
    for (std::size_t size = 1; size < requests.size(); ++size) {
        session_traffic traffic;
        EXPECT_EQ(pass(traffic, side::client, requests, size), requests) << size;
        EXPECT_TRUE(traffic.client_has_left());
        EXPECT_TRUE(traffic.is_busy());
        EXPECT_EQ(pass(traffic, side::cluster, responses, size), responses) << size;
        EXPECT_FALSE(traffic.is_busy());
        EXPECT_FALSE(traffic.cluster_has_explained());
    }
}

TEST(SessionTraffic, KnowsWhetherResponsesAreOwed) {
    session_traffic traffic;
    EXPECT_FALSE(traffic.is_busy());
    static_cast<void>(pass(traffic, side::client, wire::encode_sync() + wire::encode_sync()));
    static_cast<void>(pass(traffic, side::cluster, ready));
    EXPECT_TRUE(traffic.is_busy());
    static_cast<void>(pass(traffic, side::cluster, ready));
    EXPECT_FALSE(traffic.is_busy());
    static_cast<void>(pass(traffic, side::client, wire::encode_execute("")));
    EXPECT_TRUE(traffic.is_busy());
}

// libpq sends a Sync with a COPY in the extended protocol, which the server ignores, and another
// one after the data.
TEST(SessionTraffic, ASyncBeforeCopyDataIsNotOwedAResponse) {
    session_traffic traffic;
    static_cast<void>(pass(traffic, side::client, wire::encode_execute("") + wire::encode_sync()));
    static_cast<void>(pass(traffic, side::cluster, encode_message('G', "copy in")));
    EXPECT_TRUE(traffic.is_busy());
    static_cast<void>(
        pass(traffic, side::client,
             encode_message('d', "row\n") + encode_message('c', "") + wire::encode_sync()));
    static_cast<void>(pass(traffic, side::cluster, encode_message('C', "COPY 1") + ready));
    EXPECT_FALSE(traffic.is_busy());
}

// The data of a COPY asks for no response of its own, so after the COPY nothing is owed.
TEST(SessionTraffic, AfterACopyNothingIsOwed) {
    for (const char end : {'c', 'f'}) {
        session_traffic traffic;
        static_cast<void>(pass(traffic, side::client, wire::encode_query("COPY t FROM STDIN")));
        static_cast<void>(pass(traffic, side::cluster, encode_message('G', "copy in")));
        static_cast<void>(
            pass(traffic, side::client, encode_message('d', "row\n") + encode_message(end, "")));
        EXPECT_TRUE(traffic.is_busy());
        static_cast<void>(pass(traffic, side::cluster, ready));
        EXPECT_FALSE(traffic.is_busy()) << end;
    }
}

TEST(SessionTraffic, ALongStatementPassesAsItComes) {
    session_traffic traffic([](std::string_view) { return std::string("SELECT 1"); });
    for (const std::string& request :
         {wire::encode_query(std::string(2'000'000, 'x')),
          wire::encode_parse("name", wire::parse_tail(std::string(2'000'000, 'x')))}) {
        const std::string_view sent = request;
        EXPECT_EQ(pass(traffic, side::client, sent.substr(0, 1000)), sent.substr(0, 1000));
        EXPECT_EQ(pass(traffic, side::client, sent.substr(1000)), sent.substr(1000));
    }
}

TEST(SessionTraffic, KnowsWhereItMaySaySomethingItself) {
    session_traffic traffic;
    const std::string row = encode_message('D', std::string(1000, 'x'));
    EXPECT_TRUE(traffic.is_between_responses());
    for (const std::size_t part : {std::size_t{1}, std::size_t{7}, row.size() - 1}) {
        static_cast<void>(pass(traffic, side::cluster, row.substr(0, part)));
        EXPECT_FALSE(traffic.is_between_responses()) << part;
        static_cast<void>(pass(traffic, side::cluster, row.substr(part)));
        EXPECT_TRUE(traffic.is_between_responses()) << part;
    }
}

TEST(SessionTraffic, KnowsWhetherTheClusterHasSaidWhyItEndsTheSession) {
    for (const char* severity : {"FATAL", "PANIC"}) {
        session_traffic traffic;
        static_cast<void>(pass(traffic, side::cluster, error(severity), 3));
        EXPECT_TRUE(traffic.cluster_has_explained()) << severity;
    }
}

TEST(SessionTraffic, AFilterChangesStatementsOfBothProtocols) {
    session_traffic traffic([](std::string_view sql) {
        return sql == "before" ? std::string("and after") : std::string();
    });
    const std::string types("\0\1\0\0\0\x17", 6);
    std::string parse_before = "name";
    parse_before.append(1, '\0').append("before").append(1, '\0').append(types);
    std::string parse_after = "name";
    parse_after.append(1, '\0').append("and after").append(1, '\0').append(types);
    const std::string unchanged = wire::encode_query("other") + encode_message('d', "before");
    for (const std::size_t size : {std::size_t{1}, std::size_t{5}, std::size_t{1000}}) {
        EXPECT_EQ(pass(traffic, side::client,
                       wire::encode_query("before") + unchanged + encode_message('P', parse_before),
                       size),
                  wire::encode_query("and after") + unchanged + encode_message('P', parse_after));
    }
}

}  // namespace session_traffic_test
