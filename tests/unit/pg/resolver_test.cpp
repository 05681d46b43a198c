// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/resolver.hpp"

#include <dsql/error.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace resolver_test {

using dsql::pg::deadline;
using dsql::pg::resolve;
using namespace std::chrono_literals;

TEST(Resolver, ANumericAddressIsReturnedUnchanged) {
    EXPECT_EQ(resolve("127.0.0.1", deadline(60s), {}), std::vector<std::string>{"127.0.0.1"});
}

// RFC 6761, section 6.4: names under .invalid never exist.
TEST(Resolver, AnUnknownNameIsAResolveError) {
    try {
        static_cast<void>(resolve("cluster.invalid", deadline(60s), {}));
        FAIL() << "cluster.invalid has an address";
    } catch (const dsql::connection_error& failure) {
        EXPECT_EQ(failure.phase(), dsql::connection_phase::resolve);
        EXPECT_NE(std::string(failure.what()).find("cluster.invalid"), std::string::npos);
    }
}

TEST(Resolver, AStopEndsTheWait) {
    std::stop_source source;
    source.request_stop();
    EXPECT_THROW(static_cast<void>(resolve("cluster.invalid", deadline(), source.get_token())),
                 dsql::error);
}

}  // namespace resolver_test
