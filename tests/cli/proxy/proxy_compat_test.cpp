// SPDX-License-Identifier: Apache-2.0
// Tools connect through `dsql proxy --compat`, although they send what the cluster refuses.
#include "cli/proxy/proxy_process.hpp"
#include "support/command.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace proxy_compat_test {

using namespace proxy_test;

class ProxyCompat : public testing::Test {
protected:
    static void SetUpTestSuite() {
        const proxy_environment environment(shared_endpoint());
        proxy_ = std::make_unique<proxy_process>(
            std::vector<std::string>{"--user", "admin", "--compat"});
    }
    static void TearDownTestSuite() { proxy_.reset(); }

    static proxy_process& proxy() { return *proxy_; }

private:
    static inline std::unique_ptr<proxy_process> proxy_;
};

TEST_F(ProxyCompat, PgadminConnects) {
    const libpq_client client = proxy().connect("options='-c statement_timeout=30s'");
    // The first statements of pgAdmin 4, from its source.
    EXPECT_EQ(query(client,
                    "SET DateStyle=ISO; SET client_min_messages=notice; SELECT set_config("
                    "'bytea_output','hex',false) FROM pg_show_all_settings() WHERE name = "
                    "'bytea_output'; SET client_encoding='utf-8';"),
              "SET");
    EXPECT_EQ(query(client,
                    "SELECT gss_authenticated FROM pg_catalog.pg_stat_gssapi WHERE pid = "
                    "pg_backend_pid()"),
              "f");
    proxy().child().read_until_line_with("answered by --compat: SET client_min_messages");
}

TEST_F(ProxyCompat, LocksOfMigrationToolsAreAnswered) {
    const libpq_client client = proxy().connect();
    const char* const key[] = {"42"};
    const libpq_result locked(PQexecParams(client.get(), "SELECT pg_try_advisory_lock($1)", 1,
                                           nullptr, key, nullptr, nullptr, 0));
    EXPECT_STREQ(PQgetvalue(locked.get(), 0, 0), "t") << PQerrorMessage(client.get());
    EXPECT_EQ(query(client, "SELECT pg_advisory_lock(hashtext('migrations'))"), "");
    EXPECT_EQ(query(client, "SELECT pg_advisory_unlock(42)"), "t");
    EXPECT_EQ(query(client, "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;"),
              "RESET");
}

TEST_F(ProxyCompat, TheStateOfATransactionIsTheClusters) {
    const libpq_client client = proxy().connect();
    EXPECT_EQ(query(client, "BEGIN ISOLATION LEVEL READ COMMITTED"), "BEGIN");
    EXPECT_EQ(query(client, "SHOW transaction_isolation"), "repeatable read");
    EXPECT_EQ(query(client, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY"), "SET");
    EXPECT_EQ(query(client, "SELECT 1/0"), "ERROR:  division by zero\n");
    EXPECT_NE(query(client, "SET lock_timeout = 1").find("current transaction is aborted"),
              std::string::npos);
    EXPECT_EQ(query(client, "ROLLBACK"), "ROLLBACK");
    EXPECT_EQ(query(client, "SET session_replication_role = replica"), "SET");
    EXPECT_NE(query(client, "SET statement_timeout_of_mine = 1").find("ERROR"), std::string::npos);
}

// An error, what follows it up to the Sync, and what is answered after it, in one pipeline.
TEST_F(ProxyCompat, ResponsesOfAPipelineStayInOrder) {
    const libpq_client client = proxy().connect();
    ASSERT_EQ(PQenterPipelineMode(client.get()), 1);
    const auto send = [&client](const char* sql) {
        ASSERT_EQ(PQsendQueryParams(client.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0),
                  1);
    };
    for (const char* sql : {"SELECT 1", "SELECT 1/0", "SET statement_timeout = 0", "SELECT 2"}) {
        send(sql);
    }
    ASSERT_EQ(PQpipelineSync(client.get()), 1);
    for (const char* sql : {"SET lock_timeout = 0", "SELECT pg_try_advisory_lock(1)", "SELECT 3"}) {
        send(sql);
    }
    ASSERT_EQ(PQpipelineSync(client.get()), 1);
    std::string statuses;
    for (int syncs = 0; syncs < 2;) {
        const libpq_result result(PQgetResult(client.get()));
        const ExecStatusType status = PQresultStatus(result.get());
        if (result != nullptr) {
            statuses.append(PQresStatus(status)).append(" ");
        }
        syncs += status == PGRES_PIPELINE_SYNC ? 1 : 0;
    }
    EXPECT_EQ(statuses,
              "PGRES_TUPLES_OK PGRES_FATAL_ERROR PGRES_PIPELINE_ABORTED PGRES_PIPELINE_ABORTED "
              "PGRES_PIPELINE_SYNC PGRES_COMMAND_OK PGRES_TUPLES_OK PGRES_TUPLES_OK "
              "PGRES_PIPELINE_SYNC ");
}

// pg_dump 15 refuses a server that is newer than itself.
TEST_F(ProxyCompat, PgDumpWritesASchema) {
    if (run_command("pg_dump --version | grep -E ' (1[5-9]|[2-9][0-9])[.]'").status != 0) {
        GTEST_SKIP() << "no pg_dump 15 or later";
    }
    const libpq_client client = proxy().connect();
    EXPECT_EQ(query(client, "CREATE TABLE dumped (id int PRIMARY KEY, v text)"), "CREATE TABLE");
    const auto dump = run_command("pg_dump --schema-only --table dumped -U admin -h " +
                                  proxy().socket_directory() + " postgres");
    EXPECT_EQ(dump.status, 0) << dump.errors;
    EXPECT_NE(dump.output.find("CREATE TABLE public.dumped"), std::string::npos) << dump.output;
}

}  // namespace proxy_compat_test
