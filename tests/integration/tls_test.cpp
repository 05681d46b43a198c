// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <string>

namespace tls_test {

std::string show(const char* setting) {
    dsql::connection session = dsql::connect(endpoint_under_test());
    return session.query_value<std::string>(std::string("SHOW dsql_local.") + setting);
}

// What dsql-local saw, not what we meant: it puts it into each session's settings.
TEST(Tls, IsNegotiatedDirectlyWhereLibpqCan) {
    EXPECT_EQ(show("ssl_negotiation"), PQlibVersion() >= 170000 ? "direct" : "postgres")
        << "libpq " << PQlibVersion();
    if (PQlibVersion() >= 170000) {
        EXPECT_EQ(show("alpn"), "postgresql");
    }
}

TEST(Tls, IsOfAVersionDsqlTakes) {
    const std::string version = show("tls_version");
    EXPECT_TRUE(version == "TLSv1.3" || version == "TLSv1.2") << version;
}

TEST(Tls, NamesTheClusterToTheServer) {
    EXPECT_EQ(show("sni"), required_variable("CLUSTER_ENDPOINT"));
}

}  // namespace tls_test
