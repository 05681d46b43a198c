// SPDX-License-Identifier: Apache-2.0
// A server that is not trusted ends what waits for it, with the reason; nothing is tried again.
#include <dsql/config.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>

#include "asio/asio_test.hpp"
#include "support/certificates.hpp"
#include "support/hostile_server.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>

namespace untrusted_server_test {

namespace asio = boost::asio;
using asio_test::run;
using dsql::distrust_reason;
using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr const char* host = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws";

dsql::config settings_for(const hostile_server& server, const temporary_file& roots) {
    return {.host = host,
            .port = server.port(),
            .credentials = dsql::static_credentials(
                {.access_key_id = "AKIDOFTHETEST0000001", .secret_access_key = "secret"}),
            .connect_timeout = 60s,
            .host_address = "127.0.0.1",
            .ssl_root_cert = roots.path()};
}

asio::awaitable<void> expect_distrust(dsql::async_pool& pool, distrust_reason reason) {
    for (const bool in_a_transaction : {false, true}) {
        try {
            if (in_a_transaction) {
                co_await dsql::async_transact(
                    pool, [](dsql::async_transaction&) -> asio::awaitable<void> { co_return; });
            } else {
                co_await pool.execute("SELECT 1");
            }
            ADD_FAILURE() << "connected";
        } catch (const dsql::connection_error& failure) {
            EXPECT_EQ(failure.distrust(), reason) << failure.what();
            EXPECT_FALSE(failure.is_transient()) << failure.what();
        }
    }
}

void expect_distrust(hostile_script script, const certified_key& authority,
                     distrust_reason reason) {
    const temporary_file roots(authority.pem());
    hostile_server server(std::move(script));
    {
        dsql::pool pool(settings_for(server, roots), {.max_connections = 1});
        dsql::async_pool async(pool);
        run(expect_distrust(async, reason));
    }
    EXPECT_EQ(server.stop().after_startup, "");
}

TEST(UntrustedServer, EndsAnAsynchronousCallWithItsReason) {
    const certified_key authority({.common_name = "CA", .is_authority = true});
    const certified_key good = authority.issue({.dns_names = {host}});
    const auto shows = [&](const certificate_request& request) {
        return hostile_script{.shown = authority.issue(request)};
    };
    expect_distrust(shows({.dns_names = {host}, .valid_until = -60s}), authority,
                    distrust_reason::certificate_expired);
    expect_distrust(shows({.dns_names = {host}, .valid_from = 3600s}), authority,
                    distrust_reason::certificate_not_yet_valid);
    expect_distrust(shows({.dns_names = {"localhost"}}), authority,
                    distrust_reason::certificate_wrong_host);
    expect_distrust({.shown = certified_key({.dns_names = {host}})}, authority,
                    distrust_reason::certificate_unknown_authority);
    expect_distrust(shows({.dns_names = {host}, .purpose = "clientAuth"}), authority,
                    distrust_reason::certificate_invalid);
    // A request for SCRAM.
    expect_distrust({.shown = good, .after_startup = "R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"s},
                    authority, distrust_reason::authentication);
}

}  // namespace untrusted_server_test
