// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/whole_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace tls_test {

std::string show(const char* setting) {
    dsql::connection session = dsql::connect(endpoint_under_test());
    return session.query_value<std::string>(std::string("SHOW dsql_local.") + setting);
}

// dsql-local stores the TLS properties that it saw in the settings of each session.
TEST(Tls, IsNegotiatedDirectlyIfLibpqSupportsIt) {
    EXPECT_EQ(show("ssl_negotiation"), PQlibVersion() >= 170000 ? "direct" : "postgres")
        << "libpq " << PQlibVersion();
    if (PQlibVersion() >= 170000) {
        EXPECT_EQ(show("alpn"), "postgresql");
    }
}

TEST(Tls, HasAVersionThatDsqlAccepts) {
    const std::string version = show("tls_version");
    EXPECT_TRUE(version == "TLSv1.3" || version == "TLSv1.2") << version;
}

TEST(Tls, SendsTheClusterAsServerName) {
    EXPECT_EQ(show("sni"), required_variable("CLUSTER_ENDPOINT"));
}

// A shell's <(command) is such a pipe. It can be read only once, but each connection needs the
// certificate.
TEST(Tls, TheRootCertificateCanBeAPipe) {
    dsql::config settings = endpoint_under_test();
    const std::string certificate =
        read_whole_file(settings.ssl_root_cert.empty() ? required_variable("DSQL_SSL_ROOT_CERT")
                                                       : settings.ssl_root_cert);
    int ends[2] = {-1, -1};
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    std::jthread writer([&certificate, end = ends[1]] {
        for (const char byte : certificate) {
            EXPECT_EQ(write(end, &byte, 1), 1);
        }
        close(end);
    });
    settings.ssl_root_cert = "/proc/self/fd/" + std::to_string(ends[0]);
    {
        dsql::pool pool(settings, {.max_connections = 2});
        dsql::pooled_connection first = pool.acquire();
        dsql::pooled_connection second = pool.acquire();
        EXPECT_EQ(first->query_value<int>("SELECT 1") + second->query_value<int>("SELECT 2"), 3);
    }
    writer.join();
    close(ends[0]);
}

}  // namespace tls_test
