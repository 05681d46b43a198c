// SPDX-License-Identifier: Apache-2.0
#include "postgres/postgres_server.hpp"

#include "postgres/control_connection.hpp"
#include "postgres/postgres_binaries.hpp"
#include "system/signals.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace postgres_server_test {

using namespace dsql_local;

TEST(postgres_server, makes_admin_a_superuser_if_it_is_told_to) {
    const signal_queue signals;
    for (const bool is_superuser : {false, true}) {
        const postgres_server server(find_postgres_binaries(std::nullopt), std::nullopt,
                                     {.admin_is_superuser = is_superuser}, signals);
        control_connection admin(server.socket(), "admin");
        EXPECT_EQ(admin.query("SHOW is_superuser").at(0).at(0), is_superuser ? "on" : "off");
    }
}

}  // namespace postgres_server_test
