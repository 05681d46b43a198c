// SPDX-License-Identifier: Apache-2.0
// pool_options::reset_session_state: settings of one user of a connection are not visible to the
// next.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/stalling_relay.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pool_session_reset_test {

using dsql::connection;
using dsql::pool;
using dsql::pooled_connection;
using namespace std::chrono_literals;

constexpr const char* role = "pool_session_reset_role";

// Every setting that a DSQL session can change.
constexpr const char* all_settings =
    "SELECT concat_ws(' | ', current_user, current_setting('role'), "
    "current_setting('search_path'), "
    "current_setting('TimeZone'), current_setting('DateStyle'), current_setting('IntervalStyle'), "
    "current_setting('extra_float_digits'), current_setting('application_name'), "
    "current_setting('client_encoding'), current_setting('enable_hashjoin'))";

std::string settings_of(connection& session) {
    return session.query_value<std::string>(all_settings);
}

class PoolSessionReset : public testing::Test {
protected:
    static void SetUpTestSuite() {
        connection admin = dsql::connect(endpoint_under_test());
        admin.execute(std::string("DROP ROLE IF EXISTS ") + role);
        admin.execute(std::string("CREATE ROLE ") + role + " LOGIN");
        admin.execute(std::string("GRANT ") + role + " TO admin");  // who is no superuser
        for (const char* const schema : {"pool_reset_a", "pool_reset_b"}) {
            admin.execute(std::string("DROP SCHEMA IF EXISTS ") + schema + " CASCADE");
            admin.execute(std::string("CREATE SCHEMA ") + schema);
        }
        admin.execute("CREATE TABLE pool_reset_a.t (v int)");
        admin.execute("INSERT INTO pool_reset_a.t VALUES (1)");
        admin.execute("CREATE TABLE pool_reset_b.t (v text)");
        admin.execute("INSERT INTO pool_reset_b.t VALUES ('b')");
    }
    static void TearDownTestSuite() {
        connection admin = dsql::connect(endpoint_under_test());
        admin.execute("DROP SCHEMA pool_reset_a CASCADE");
        admin.execute("DROP SCHEMA pool_reset_b CASCADE");
        admin.execute(std::string("DROP ROLE ") + role);
    }

    static dsql::pool_options options() {
        return {.max_connections = 1, .reset_session_state = true};
    }
};

// Every way to change a setting.
const std::vector<std::function<void(connection&)>>& ways_to_set() {
    static const std::vector<std::function<void(connection&)>> all = {
        [](connection& c) { c.execute("SET search_path = pool_reset_b"); },
        [](connection& c) { c.execute("SET SESSION TimeZone = 'Asia/Tokyo'"); },
        [](connection& c) { c.execute("SET TIME ZONE 'Asia/Tokyo'"); },
        [](connection& c) { c.execute("SET DateStyle = 'German'"); },
        [](connection& c) { c.execute("SET IntervalStyle = 'iso_8601'"); },
        [](connection& c) { c.execute("SET extra_float_digits = 0"); },
        [](connection& c) { c.execute("SET application_name = 'somebody'"); },
        [](connection& c) { c.execute("SET enable_hashjoin = off"); },
        [](connection& c) { c.execute(std::string("SET ROLE ") + role); },
        [](connection& c) { c.execute("SELECT set_config('search_path', 'pool_reset_b', false)"); },
        [](connection& c) {
            dsql::transaction tx = c.begin();
            tx.execute("SET search_path = pool_reset_b");
            tx.commit();
        },
        [](connection& c) {
            static_cast<void>(c.run(dsql::batch()
                                        .add("SET search_path = pool_reset_b")
                                        .add("SET TimeZone = 'Asia/Tokyo'")));
        },
        [](connection& c) {
            for (const auto& [value] :
                 c.stream<std::string>("SELECT set_config('TimeZone', 'Asia/Tokyo', false)")) {
                EXPECT_EQ(value, "Asia/Tokyo");
            }
        },
        [](connection& c) {
            c.execute("SET search_path = pool_reset_b");
            c.execute("SET TimeZone = 'Asia/Tokyo'");
            c.execute(std::string("SET ROLE ") + role);
        }};
    return all;
}

TEST_F(PoolSessionReset, SettingsOfOneUserAreNotVisibleToTheNext) {
    pool connections(endpoint_under_test(), options());
    const std::string untouched = settings_of(*connections.acquire());
    for (std::size_t i = 0; i < ways_to_set().size(); ++i) {
        {
            const pooled_connection one = connections.acquire();
            ways_to_set()[i](*one);
            EXPECT_NE(settings_of(*one), untouched) << "way " << i << " sets nothing";
        }
        EXPECT_EQ(settings_of(*connections.acquire()), untouched) << "way " << i;
    }
    EXPECT_EQ(connections.stat().new_connections_count, 1);
}

TEST_F(PoolSessionReset, ByDefaultSettingsStay) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    for (const auto& set : ways_to_set()) {
        std::string left;
        {
            const pooled_connection one = connections.acquire();
            set(*one);
            left = settings_of(*one);
        }
        EXPECT_EQ(settings_of(*connections.acquire()), left);
        connections.reset();
    }
}

// Settings from the login and from the pool's hook are kept.
TEST_F(PoolSessionReset, SettingsOfHooksAreRestored) {
    dsql::pool_options with_hooks = options();
    with_hooks.before_connect = [](dsql::connect_settings& as) {
        as.application_name = "orders";
    };
    std::atomic<int> called = 0;
    with_hooks.after_connect = [&](connection& session) {
        ++called;
        session.execute("SET search_path = pool_reset_a, \"quo'ted\\\"");
        session.execute("SET TimeZone = 'Europe/Vienna'");
        session.execute(std::string("SET ROLE ") + role);
    };
    pool connections(endpoint_under_test(), with_hooks);
    const std::string made = settings_of(*connections.acquire());
    EXPECT_NE(made.find(std::string(role) + " | " + role + " | pool_reset_a, \"quo'ted\\\""),
              std::string::npos)
        << made;
    EXPECT_NE(made.find("orders"), std::string::npos) << made;
    for (std::size_t i = 0; i < ways_to_set().size(); ++i) {
        ways_to_set()[i](*connections.acquire());
        EXPECT_EQ(settings_of(*connections.acquire()), made) << "way " << i;
        connections.acquire()->execute("RESET ALL");
        connections.acquire()->execute("RESET ROLE");
        EXPECT_EQ(settings_of(*connections.acquire()), made) << "way " << i;
    }
    EXPECT_EQ(connections.stat().new_connections_count, 1);
    EXPECT_EQ(called, 1);
}

TEST_F(PoolSessionReset, PreparedStatementsAreKept) {
    pool connections(endpoint_under_test(), options());
    // The first statement was prepared by the library, the second by the program.
    const std::string prepared_at =
        "SELECT string_agg(name || prepare_time, ' ' ORDER BY name) FROM pg_prepared_statements "
        "WHERE statement LIKE '%kept statement%' AND statement NOT LIKE '%LIKE%'";
    std::string first;
    for (int i = 0; i < 5; ++i) {
        const pooled_connection one = connections.acquire();
        EXPECT_EQ(one->query_value<int>("SELECT $1::int /* kept statement */", i), i);
        EXPECT_EQ(one->query_value<int>(one->prepare("SELECT 2 /* kept statement */")), 2);
        one->execute("SET TimeZone = 'Asia/Tokyo'");
        const auto now = one->query_value<std::string>(prepared_at);
        first = i == 0 ? now : first;
        EXPECT_EQ(now, first) << "use " << i;
    }
}

// A statement that was prepared under another search_path would use the types of another table.
TEST_F(PoolSessionReset, StatementsOfAnotherSearchPathAreNotUsed) {
    dsql::pool_options with_path = options();
    with_path.after_connect = [](connection& session) {
        session.execute("SET search_path = pool_reset_a");
    };
    pool connections(endpoint_under_test(), with_path);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(connections.query_value<int>("SELECT v FROM t WHERE v = $1", 1), 1);
        const pooled_connection other = connections.acquire();
        other->execute("SET search_path = pool_reset_b");
        EXPECT_EQ(other->query_value<std::string>("SELECT v FROM t WHERE v = $1", "b"), "b");
        EXPECT_EQ(other->query_value<std::string>("SELECT v FROM t"), "b");
    }
    EXPECT_EQ(connections.query_value<int>("SELECT v FROM t"), 1);
}

TEST_F(PoolSessionReset, ANoticeHandlerAndATraceEndWithTheirUser) {
    dsql::config settings = endpoint_under_test();
    std::atomic<int> of_config = 0;
    settings.on_notice = [&](const auto&) {
        ++of_config;
    };
    pool connections(settings, options());
    constexpr const char* notice = "DO $$ BEGIN RAISE NOTICE 'x'; END $$";
    std::atomic<int> of_user = 0;
    std::FILE* const trace = std::tmpfile();
    ASSERT_NE(trace, nullptr);
    {
        const pooled_connection one = connections.acquire();
        one->set_notice_handler([&](const auto&) { ++of_user; });
        one->trace(trace);
        try {
            one->execute(notice);
            EXPECT_EQ(of_user, 1);
        } catch (const dsql::server_error&) {
            GTEST_SKIP() << "the server sends no notices on demand";
        }
    }
    const long traced = std::ftell(trace);
    EXPECT_GT(traced, 0);
    connections.execute(notice);
    EXPECT_EQ(of_user, 1);
    EXPECT_EQ(of_config, 1);
    std::fflush(trace);
    EXPECT_EQ(std::ftell(trace), traced);
    std::fclose(trace);
}

TEST_F(PoolSessionReset, AFailedResetClosesTheConnection) {
    stalling_relay relay(std::stoi(required_variable("DSQL_PORT")));
    dsql::config settings = endpoint_under_test();
    settings.port = relay.port();
    pool connections(settings, options());
    {
        const pooled_connection one = connections.acquire();
        one->execute("SET TimeZone = 'Asia/Tokyo'");
        relay.stall_after(stalling_relay::to_client, 0);
    }
    EXPECT_EQ(connections.stat().total_connections, 0);
    EXPECT_EQ(connections.query_value<std::string>("SHOW TimeZone"), "UTC");
    {
        const pooled_connection one = connections.acquire();
        *one = dsql::connect(settings);
    }
    EXPECT_EQ(connections.stat().total_connections, 0) << "not one of the pool's any more";
}

TEST_F(PoolSessionReset, AfterReleaseSeesTheSettingsAndDecides) {
    dsql::pool_options with_hook = options();
    std::string seen;
    std::atomic<bool> keeps = true;
    with_hook.after_release = [&](connection& session) {
        seen = session.query_value<std::string>("SHOW TimeZone");
        session.execute("SET DateStyle = 'German'");
        return keeps.load();
    };
    pool connections(endpoint_under_test(), with_hook);
    const std::string made = settings_of(*connections.acquire());
    connections.acquire()->execute("SET TimeZone = 'Asia/Tokyo'");
    EXPECT_EQ(seen, "Asia/Tokyo");
    EXPECT_EQ(settings_of(*connections.acquire()), made);
    keeps = false;
    static_cast<void>(connections.acquire());
    EXPECT_EQ(connections.stat().total_connections, 0);
}

// This includes connections that return later, with the end of a stream or transaction.
TEST_F(PoolSessionReset, EveryReturnedConnectionIsReset) {
    pool connections(endpoint_under_test(), options());
    const std::string made = settings_of(*connections.acquire());
    {
        dsql::pooled_transaction tx = connections.begin();
        tx.execute("SET search_path = pool_reset_b");
        tx.commit();
    }
    EXPECT_EQ(settings_of(*connections.acquire()), made);
    for (const auto& [value] :
         connections.stream<std::string>("SELECT set_config('TimeZone', 'Asia/Tokyo', false)")) {
        EXPECT_EQ(value, "Asia/Tokyo");
    }
    EXPECT_EQ(settings_of(*connections.acquire()), made);
    connections.execute("SET search_path = pool_reset_b");
    EXPECT_EQ(settings_of(*connections.acquire()), made);
    connections.acquire()->execute("BEGIN");
    EXPECT_EQ(connections.stat().total_connections, 0) << "a transaction left open";
}

class statement_counter final : public dsql::observer {
public:
    span query_started(const dsql::query_event&) noexcept override {
        ++count;
        return 0;
    }
    std::atomic<int> count = 0;
};

TEST_F(PoolSessionReset, CostsOneRoundTripAndNoneWhenOff) {
    for (const bool resets : {false, true}) {
        dsql::config settings = endpoint_under_test();
        const auto counter = std::make_shared<statement_counter>();
        settings.observer = counter;
        pool connections(settings, {.max_connections = 1, .reset_session_state = resets});
        connections.warm_up(1, 30s);
        EXPECT_EQ(counter->count.exchange(0), resets ? 1 : 0) << "at the connect";
        static_cast<void>(connections.acquire());
        EXPECT_EQ(counter->count.exchange(0), resets ? 1 : 0) << "at the release";
    }
}

}  // namespace pool_session_reset_test
