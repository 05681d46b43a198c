// SPDX-License-Identifier: Apache-2.0
// What the endpoint relays between a client and a real PostgreSQL: errors, names, COPY, large and
// lying messages.
#include "dsql_session.hpp"
#include "process_figures.hpp"
#include "raw_client.hpp"
#include "support/endpoint_process.hpp"
#include "system/process_table.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace endpoint_relay_test {

using namespace dsql_local;
using namespace dsql_local_test;

const std::string lock_timeout_refused =
    "setting configuration parameter \"lock_timeout\" not supported";

class endpoint_relay : public testing::Test {
protected:
    static void SetUpTestSuite() { served_ = std::make_unique<endpoint_process>(); }
    static void TearDownTestSuite() { served_.reset(); }

    static std::string set(const std::string& fault) {
        return tell_admin(*served_, "set " + fault);
    }

    std::string begin_table() {
        first_.must("DROP TABLE IF EXISTS written");
        return first_.must("CREATE TABLE written (id int)");
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session first_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_relay::served_;

std::string copy_in(bool extended, const std::string& table) {
    const std::string sql = "COPY " + table + " FROM STDIN";
    return extended ? parse_message("", sql) + bind_message("") + execute_message() + sync_message()
                    : query_message(sql);
}

TEST_F(endpoint_relay, a_copy_that_its_client_gives_up_is_no_conflict) {
    begin_table();
    for (const bool extended : {false, true}) {
        first_.client().send(copy_in(extended, "written") + wire::encode_message('d', "1\n") +
                             wire::encode_message('f', std::string("enough") + '\0') +
                             (extended ? sync_message() : ""));
        const query_result failed = first_.receive();
        EXPECT_EQ(failed.sqlstate, "57014");
        EXPECT_EQ(failed.text(), "COPY from stdin failed: enough");
        EXPECT_EQ(failed.status, 'I');
        EXPECT_EQ(first_.must("SELECT count(*) FROM written"), "0");
    }
}

TEST_F(endpoint_relay, a_canceled_statement_is_no_conflict) {
    dsql_session other(*served_);
    const std::string id = first_.must("SELECT pg_backend_pid()");
    first_.client().send(query_message("SELECT pg_sleep(60)"));
    const std::string sleeps =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
        "AND pid = " +
        id;
    while (other.must(sleeps) == "0") {
    }
    other.must("SELECT pg_cancel_backend(" + id + ")");
    const query_result canceled = first_.receive();
    EXPECT_EQ(canceled.sqlstate, "57014");
    EXPECT_EQ(canceled.text(), "canceling statement due to user request");
}

TEST_F(endpoint_relay, a_refused_statement_stays_refused_whatever_fails) {
    const std::vector<std::string> failing = {
        parse_message("s", "SELECT 1"),
        parse_message("t", "SELEC") + parse_message("s", "SELECT 1"),
        parse_message("t", "SELEC") + wire::encode_message('C', std::string("Ss\0", 3)) +
            parse_message("s", "SELECT 1"),
        parse_message("t", "SELEC") + query_message("DEALLOCATE ALL"),
        bind_message("none") + wire::encode_message('C', std::string("Ss\0", 3)),
        wire::encode_message('E', std::string("none\0\0\0\0\0", 9)) + query_message("DISCARD ALL"),
    };
    begin_table();
    set("server-unavailable");
    first_.client().send(parse_message("s", "SELECT id FROM written") + sync_message());
    EXPECT_EQ(first_.receive().types, "1Z");
    for (const std::string& requests : failing) {
        for (const bool is_pipelined : {false, true}) {
            const std::string execution = bind_message("s") + execute_message() + sync_message();
            first_.client().send(requests + sync_message() + (is_pipelined ? execution : ""));
            EXPECT_EQ(first_.receive().types, "EZ");
            first_.client().send(is_pipelined ? "" : execution);
            EXPECT_EQ(first_.receive().text(), "server unavailable");
        }
    }
    tell_admin(*served_, "clear");
}

TEST_F(endpoint_relay, a_fault_strikes_at_every_commit) {
    begin_table();
    const std::string insert = "INSERT INTO written VALUES (1)";
    const auto run = [](const std::string& sql) {
        return parse_message("", sql) + bind_message("") + execute_message();
    };
    const std::string bind_end =
        wire::encode_message('B', std::string("end\0c\0", 6) + std::string(6, '\0'));
    const std::string execute_end =
        wire::encode_message('E', std::string("end\0", 4) + std::string(4, '\0'));
    first_.client().send(parse_message("c", "COMMIT") + sync_message());
    first_.receive();
    const std::vector<std::vector<std::string>> ways = {
        {query_message("BEGIN"), query_message(insert), query_message("COMMIT")},
        {run("BEGIN") + sync_message(), run(insert) + sync_message(), run("END") + sync_message()},
        {run("BEGIN") + run(insert) + run("COMMIT") + sync_message()},
        {query_message("BEGIN"), bind_end + sync_message(), query_message(insert),
         execute_end + sync_message()},
        {query_message("BEGIN; " + insert + "; COMMIT")},
    };
    for (std::size_t i = 0; i < ways.size(); ++i) {
        for (const bool is_pipelined : {false, true}) {
            ASSERT_EQ(set("data-conflict times=1"), "ok\n");
            std::string sqlstate;
            std::string all;
            for (const std::string& requests : ways[i]) {
                all += requests;
                if (!is_pipelined) {
                    first_.client().send(requests);
                    sqlstate = first_.receive().sqlstate;
                }
            }
            if (is_pipelined) {
                first_.client().send(all);
                for (std::size_t n = 0; n < ways[i].size(); ++n) {
                    sqlstate = first_.receive().sqlstate;
                }
            }
            EXPECT_EQ(sqlstate, "40001") << i << is_pipelined;
            EXPECT_EQ(first_.must("SELECT count(*) FROM written"), "0") << i << is_pipelined;
        }
    }
}

TEST_F(endpoint_relay, a_copy_that_fails_early_or_late_leaves_the_session_in_step) {
    begin_table();
    first_.must("CREATE OR REPLACE VIEW seen AS SELECT id FROM written");
    const std::string end = wire::encode_message('c', "") + sync_message();
    // The COPY into a view fails before it reads the Sync that follows its Execute.
    first_.client().send(copy_in(true, "seen"));
    EXPECT_EQ(first_.receive().types, "12GEZ");
    first_.client().send(end);
    EXPECT_EQ(first_.receive().types, "Z");
    EXPECT_EQ(first_.query("SET lock_timeout = 1").text(), lock_timeout_refused);
    // This one fails after it.
    first_.client().send(copy_in(true, "written") + wire::encode_message('d', "no number\n") + end);
    EXPECT_EQ(first_.receive().types, "12GEZ");
    EXPECT_EQ(first_.query("SET lock_timeout = 1").text(), lock_timeout_refused);
    first_.must("DROP VIEW seen");
}

TEST_F(endpoint_relay, only_the_threads_of_sessions_wait_for_their_turn) {
    if (sched_getscheduler(0) != SCHED_OTHER) {
        GTEST_SKIP() << "the endpoint has inherited another policy";
    }
    const pid_t relay = served_->child().id();
    EXPECT_GE(threads_with_policy(relay, SCHED_BATCH), 1U);
    EXPECT_EQ(sched_getscheduler(relay), SCHED_OTHER) << "its first thread";
    for (const pid_t child : descendants_of(relay)) {
        EXPECT_EQ(threads_with_policy(child, SCHED_BATCH), 0U) << child;
    }
}

TEST_F(endpoint_relay, a_message_above_the_limit_is_refused_at_its_header) {
    for (const char type : {'Q', 'P', 'B', 'd', 'F'}) {
        dsql_session session(*served_);
        std::string lie(1, type);
        wire::append_uint32(lie, 0x7fff'ffff);
        session.client().send(query_message("SELECT 42") + lie + std::string(100'000, 'x'));
        EXPECT_EQ(session.receive().value, "42");
        const query_result refused = session.receive();
        EXPECT_EQ(refused.sqlstate, "08P01");
        EXPECT_EQ(refused.error.field('S'), "FATAL");
        EXPECT_EQ(refused.text(), "invalid message length");
        EXPECT_TRUE(session.client().ended_cleanly());
    }
    const std::string fits = "SELECT 42 -- ";
    EXPECT_EQ(first_.must(fits + std::string(10 * 1024 * 1024 - 5 - fits.size(), 'x')), "42");
    EXPECT_TRUE(first_.query(fits + std::string(10 * 1024 * 1024 - 4 - fits.size(), 'x')).ended());
}

// The most memory, in KiB, that a process has used.
std::size_t peak_memory(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmHWM:", 0) == 0) {
            return std::stoul(line.substr(6));
        }
    }
    return 0;
}

TEST(endpoint_relay_memory, large_messages_are_not_held) {
    endpoint_process served({"--message-size-limit", "0"});
    dsql_session session(served);
    session.must("SELECT 1");
    const std::size_t before = peak_memory(served.child().id());
    constexpr std::uint32_t size = 64 * 1024 * 1024;
    std::string bind("B");
    wire::append_uint32(bind, 4 + 2 + 2 + 2 + 4 + size + 2);
    bind += std::string("\0\0\0\0\0\1", 6);
    wire::append_uint32(bind, size);
    session.client().send(parse_message("", "SELECT length($1::text)") + bind);
    const std::string piece(1024 * 1024, 'x');
    for (int i = 0; i < 64; ++i) {
        session.client().send(piece);
    }
    session.client().send(std::string(2, '\0') + execute_message() + sync_message());
    EXPECT_EQ(session.receive().value, std::to_string(size));
    session.client().send(query_message("SELECT repeat('x', " + std::to_string(size) + ")"));
    EXPECT_EQ(session.receive().value.size(), size);
    if (!DSQL_SANITIZED) {  // AddressSanitizer keeps memory that is freed
        EXPECT_LT(peak_memory(served.child().id()), before + 4 * 1024);
    }
}

}  // namespace endpoint_relay_test
