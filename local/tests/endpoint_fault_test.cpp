// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "system/files.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <string>

namespace endpoint_fault_test {

using namespace dsql_local_test;

constexpr const char* write_one = "INSERT INTO written VALUES (1)";

// The ways in which a test commits a row.
enum class way { simple_autocommit, extended_autocommit, simple_block, extended_block };
constexpr way all_ways[] = {way::simple_autocommit, way::extended_autocommit, way::simple_block,
                            way::extended_block};

class endpoint_fault : public testing::Test {
protected:
    static void SetUpTestSuite() {
        served_ = std::make_unique<endpoint_process>();
        dsql_session session(*served_);
        session.must("CREATE TABLE written (id int)");
    }
    static void TearDownTestSuite() { served_.reset(); }

    void TearDown() override { tell_admin(*served_, "clear"); }

    static void set(const std::string& fault) {
        EXPECT_EQ(tell_admin(*served_, "set " + fault), "ok\n");
    }

    // Returns how often the only fault that is set has struck.
    static int strikes() {
        const std::string listed = tell_admin(*served_, "list");
        return std::stoi(listed.substr(listed.find("strikes=") + 8));
    }

    // Opens a new session, because a cut ends a session.
    void begin() {
        tell_admin(*served_, "clear");
        session_ = std::make_unique<dsql_session>(*served_);
        session_->must("DELETE FROM written");
    }

    // Returns the result of the statement that commits.
    query_result write(way how) {
        if (how == way::simple_autocommit) {
            return session_->query(write_one);
        }
        if (how == way::extended_autocommit) {
            return session_->execute(write_one);
        }
        EXPECT_EQ(session_->query("BEGIN").status, 'T');
        EXPECT_EQ(session_->query(write_one).tags, "INSERT 0 1");
        return how == way::simple_block ? session_->query("COMMIT") : session_->execute("COMMIT");
    }

    static std::string rows() {
        dsql_session other(*served_);
        return other.must("SELECT count(*) FROM written");
    }

    static std::unique_ptr<endpoint_process> served_;
    std::unique_ptr<dsql_session> session_;
};

std::unique_ptr<endpoint_process> endpoint_fault::served_;

TEST_F(endpoint_fault, conflicts_at_commit) {
    for (const way how : all_ways) {
        for (const bool of_schema : {false, true}) {
            begin();
            set(of_schema ? "schema-conflict times=1" : "data-conflict times=1");
            const query_result refused = write(how);
            EXPECT_EQ(refused.sqlstate, "40001");
            EXPECT_EQ(refused.text(), of_schema
                                          ? "schema has been updated by another transaction (OC001)"
                                          : "change conflicts with another transaction (OC000)");
            EXPECT_EQ(refused.status, 'I');
            EXPECT_EQ(rows(), "0");
            EXPECT_EQ(write(how).sqlstate, "");
            EXPECT_EQ(rows(), "1");
        }
    }
}

TEST_F(endpoint_fault, a_prepared_commit_fails_and_then_works) {
    begin();
    session_->client().send(parse_message("end", "COMMIT") + sync_message());
    EXPECT_EQ(session_->receive().types, "1Z");
    set("data-conflict times=2");
    for (int attempt = 0; attempt < 3; ++attempt) {
        session_->must("BEGIN");
        session_->must(write_one);
        session_->client().send(bind_message("end") + execute_message() + sync_message());
        const query_result ended = session_->receive();
        EXPECT_EQ(ended.sqlstate, attempt < 2 ? "40001" : "");
        EXPECT_EQ(ended.types, attempt < 2 ? "2EZ" : "2CZ");
    }
    EXPECT_EQ(rows(), "1");
}

TEST_F(endpoint_fault, a_pipelined_transaction_fails_at_its_commit) {
    begin();
    set("data-conflict times=1");
    std::string requests;
    for (const char* sql : {"BEGIN", write_one, "COMMIT"}) {
        requests += parse_message("", sql) + bind_message("") + execute_message();
    }
    session_->client().send(requests + sync_message() + query_message("SELECT 42"));
    const query_result refused = session_->receive();
    EXPECT_EQ(refused.types, "12C12C12EZ");
    EXPECT_EQ(refused.sqlstate, "40001");
    EXPECT_EQ(refused.status, 'I');
    EXPECT_EQ(session_->receive().value, "42");
    EXPECT_EQ(rows(), "0");
}

TEST(endpoint_dialect, a_transaction_with_temporary_tables_fails_too) {
    const endpoint_process served({"--dialect", "postgres"});
    dsql_session session(served);
    session.must("CREATE TABLE written (id int)");
    tell_admin(served, "set data-conflict times=1");
    session.must("BEGIN");
    session.must("CREATE TEMP TABLE mine (id int)");
    session.must("INSERT INTO written VALUES (1)");
    const query_result refused = session.query("COMMIT");
    EXPECT_EQ(refused.text(), "change conflicts with another transaction (OC000)");
    EXPECT_EQ(refused.status, 'I');
    EXPECT_EQ(session.must("SELECT count(*) FROM written"), "0");
}

TEST_F(endpoint_fault, a_commit_in_one_query_with_its_block_fails) {
    begin();
    set("data-conflict times=1");
    const query_result refused = session_->query(std::string("BEGIN; ") + write_one + "; COMMIT");
    EXPECT_EQ(refused.tags, "BEGIN,INSERT 0 1");
    EXPECT_EQ(refused.sqlstate, "40001");
    EXPECT_EQ(refused.status, 'I');
    EXPECT_EQ(rows(), "0");
}

TEST_F(endpoint_fault, what_only_reads_does_not_conflict) {
    begin();
    set("data-conflict");
    EXPECT_EQ(session_->must("SELECT count(*) FROM written"), "0");
    session_->must("BEGIN");
    session_->must("SELECT count(*) FROM written");
    session_->must("COMMIT");
}

TEST_F(endpoint_fault, a_cut_before_the_commit_writes_nothing) {
    for (const way how : all_ways) {
        begin();
        set("cut-before-commit times=1");
        const query_result cut = write(how);
        EXPECT_TRUE(cut.ended());
        EXPECT_EQ(cut.types, "");
        EXPECT_FALSE(session_->client().ended_cleanly());
        EXPECT_FALSE(session_->client().timed_out());
        EXPECT_EQ(rows(), "0");
    }
}

TEST_F(endpoint_fault, a_cut_after_the_commit_has_written) {
    for (const way how : all_ways) {
        begin();
        set("cut-after-commit times=1");
        const query_result cut = write(how);
        EXPECT_TRUE(cut.ended());
        EXPECT_EQ(cut.tags, "");
        EXPECT_FALSE(session_->client().ended_cleanly());
        EXPECT_FALSE(session_->client().timed_out());
        EXPECT_EQ(rows(), "1");
    }
}

TEST_F(endpoint_fault, an_unavailable_server_refuses_storage) {
    begin();
    set("server-unavailable times=2");
    EXPECT_EQ(session_->must("SELECT 1"), "1");
    const query_result refused = session_->query("SELECT count(*) FROM written");
    EXPECT_EQ(refused.sqlstate, "XX000");
    EXPECT_EQ(refused.text(), "server unavailable");
    EXPECT_EQ(refused.status, 'I');
    session_->must("BEGIN");
    const query_result aborted = session_->execute(write_one);
    EXPECT_EQ(aborted.sqlstate, "XX000");
    EXPECT_EQ(aborted.status, 'E');
    EXPECT_EQ(session_->query("COMMIT").tags, "ROLLBACK");
    EXPECT_EQ(session_->must("SELECT count(*) FROM written"), "0");
}

TEST_F(endpoint_fault, an_unavailable_server_leaves_a_commit_open) {
    for (const way how : all_ways) {
        for (const std::string value : {"", " value=rolled-back", " value=committed"}) {
            begin();
            set("server-unavailable-at-commit times=1" + value);
            const query_result refused = write(how);
            EXPECT_EQ(refused.sqlstate, "XX000");
            EXPECT_EQ(refused.text(), "server unavailable");
            EXPECT_EQ(refused.status, 'I');
            EXPECT_EQ(refused.tags, "");
            EXPECT_EQ(rows(), value == " value=committed" ? "1" : "0");
            session_->must("SELECT 1");
        }
    }
}

TEST_F(endpoint_fault, logins_are_refused) {
    struct {
        const char* name;
        const char* sqlstate;
        const char* text;
    } const rejected_count[] = {
        {"rate-exceeded", "53400", "Unable to accept connection, rate exceeded."},
        {"waking-up", "08006",
         "unable to accept connection, waking up cluster, please retry later"},
        {"too-many-connections", "53300",
         "Unable to accept connection, too many open connections."}};
    for (const auto& expected : rejected_count) {
        set(std::string(expected.name) + " times=1");
        raw_client client(served_->port());
        ASSERT_TRUE(
            client.start_tls({.server_name = (*served_)["CLUSTER_ENDPOINT"], .alpn = true}));
        const message refused = client.log_in("admin", (*served_)["PGPASSWORD"]);
        EXPECT_EQ(refused.type, 'E');
        EXPECT_EQ(refused.field('S'), "FATAL");
        EXPECT_EQ(refused.field('C'), expected.sqlstate);
        EXPECT_EQ(refused.field('M'), expected.text);
        EXPECT_NO_THROW(dsql_session{*served_});
    }
}

TEST_F(endpoint_fault, requests_are_held_back) {
    begin();
    set("delay value=300 times=1");
    const auto before = std::chrono::steady_clock::now();
    session_->must("SELECT 1");
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(300));
}

TEST_F(endpoint_fault, a_login_is_held_back_once) {
    set("delay value=300");
    const auto before = std::chrono::steady_clock::now();
    const dsql_session session(*served_);
    EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(300));
    EXPECT_EQ(strikes(), 1);
}

TEST_F(endpoint_fault, a_request_is_held_back_once_however_long_it_is) {
    begin();
    const std::string large(1'000'000, 'x');
    const std::string insert = "INSERT INTO written SELECT length('" + large + "')";
    set("delay value=20");
    EXPECT_EQ(session_->query(insert).tags, "INSERT 0 1");
    EXPECT_EQ(strikes(), 1);
    EXPECT_EQ(session_->execute(insert).tags, "INSERT 0 1");
    EXPECT_EQ(strikes(), 2);
    session_->client().send(query_message("COPY written FROM STDIN"));
    ASSERT_EQ(session_->client().receive_message().type, 'G');
    std::string data;
    for (int i = 0; i < 2'900; ++i) {
        data += wire::encode_message('d', std::to_string(i) + std::string(300, ' ') + "\n");
    }
    session_->client().send(data + wire::encode_message('c', ""));
    EXPECT_EQ(session_->receive().tags, "COPY 2900");
    EXPECT_EQ(strikes(), 3);
    for (int i = 0; i < 5; ++i) {
        session_->must("SELECT 1");
    }
    EXPECT_EQ(strikes(), 8);
}

TEST_F(endpoint_fault, the_end_of_a_session_is_no_request) {
    begin();
    set("delay value=0");
    session_->client().send(wire::encode_message('X', ""));
    EXPECT_TRUE(session_->client().ended_cleanly());
    EXPECT_EQ(strikes(), 0);
}

TEST_F(endpoint_fault, a_session_ends_after_so_many_bytes) {
    begin();
    set("close-after value=10000 times=1");
    session_->client().send(query_message("SELECT repeat('x', 1000000)"));
    EXPECT_EQ(session_->client().receive(1'000'000).size(), 10'000U);
    EXPECT_FALSE(session_->client().ended_cleanly());
    EXPECT_NO_THROW(dsql_session(*served_).must("SELECT repeat('x', 1000000)"));
}

TEST_F(endpoint_fault, the_list_shows_what_is_set_and_how_often_it_struck) {
    begin();
    EXPECT_EQ(tell_admin(*served_, "list"), "ok\n");
    set("data-conflict times=3");
    set("delay value=0 probability=0.25");
    write(way::simple_autocommit);
    const std::string listed = tell_admin(*served_, "list");
    EXPECT_NE(listed.find("data-conflict probability=1 times=2 value= strikes=1\n"),
              std::string::npos)
        << listed;
    EXPECT_NE(listed.find("delay probability=0.25 times=unlimited value=0 strikes="),
              std::string::npos);
    EXPECT_EQ(tell_admin(*served_, "clear data-conflict"), "ok\n");
    EXPECT_EQ(tell_admin(*served_, "list").find("data-conflict"), std::string::npos);
}

TEST_F(endpoint_fault, the_socket_is_the_owners_alone) {
    struct stat status {};
    ASSERT_EQ(stat((*served_)["DSQL_LOCAL_ADMIN_SOCKET"].c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(endpoint_fault, the_command_sets_lists_and_clears) {
    const variables environment = {
        {"DSQL_LOCAL_ADMIN_SOCKET", (*served_)["DSQL_LOCAL_ADMIN_SOCKET"]}};
    program set({"fault", "set", "waking-up", "--probability", "0.5", "--times", "7"}, environment);
    EXPECT_EQ(set.wait(), 0) << set.output();
    program list({"fault", "list"}, environment);
    EXPECT_EQ(list.wait(), 0);
    EXPECT_EQ(list.output(), "waking-up probability=0.5 times=7 value= strikes=0\n");
    program clear({"fault", "--admin-socket", (*served_)["DSQL_LOCAL_ADMIN_SOCKET"], "clear"});
    EXPECT_EQ(clear.wait(), 0) << clear.output();
    EXPECT_EQ(tell_admin(*served_, "list"), "ok\n");
}

TEST_F(endpoint_fault, the_command_says_what_is_wrong) {
    const variables environment = {
        {"DSQL_LOCAL_ADMIN_SOCKET", (*served_)["DSQL_LOCAL_ADMIN_SOCKET"]}};
    program unknown({"fault", "set", "no-such"}, environment);
    EXPECT_EQ(unknown.wait(), 2);
    EXPECT_NE(unknown.output().find("unknown fault no-such; there are data-conflict, "),
              std::string::npos);
    program value({"fault", "set", "delay", "--value", "soon"}, environment);
    EXPECT_EQ(value.wait(), 2);
    EXPECT_NE(value.output().find("delay needs a value"), std::string::npos);
    program nowhere({"fault", "--admin-socket", "/nowhere/admin.sock", "list"});
    EXPECT_EQ(nowhere.wait(), 1);
    EXPECT_NE(nowhere.output().find("/nowhere/admin.sock"), std::string::npos);
    program unset({"fault", "list"}, {{"DSQL_LOCAL_ADMIN_SOCKET", ""}});
    EXPECT_EQ(unset.wait(), 1);
    EXPECT_NE(unset.output().find("DSQL_LOCAL_ADMIN_SOCKET"), std::string::npos);
}

TEST_F(endpoint_fault, an_endpoint_inside_anothers_command_has_its_own_socket) {
    const std::string outer = (*served_)["DSQL_LOCAL_ADMIN_SOCKET"];
    program inner({"run", "--", "sh", "-c", "echo $DSQL_LOCAL_ADMIN_SOCKET"},
                  {{"DSQL_LOCAL_ADMIN_SOCKET", outer}});
    EXPECT_EQ(inner.wait(), 0);
    EXPECT_NE(inner.output(), outer + "\n");
    EXPECT_EQ(tell_admin(*served_, "list"), "ok\n");
}

TEST(endpoint_options, the_admin_socket_can_be_named) {
    const dsql_local::temporary_directory directory("/tmp");
    const std::string path = (directory.path() / "faults").string();
    const endpoint_process served({"--admin-socket", path});
    EXPECT_EQ(served["DSQL_LOCAL_ADMIN_SOCKET"], path);
    EXPECT_EQ(tell_admin(served, "list"), "ok\n");
}

TEST(endpoint_options, the_admin_socket_of_a_living_endpoint_is_not_taken_away) {
    const dsql_local::temporary_directory directory("/tmp");
    const std::string path = (directory.path() / "faults").string();
    const endpoint_process served({"--admin-socket", path});
    program second({"run", "--admin-socket", path, "--", "true"});
    EXPECT_EQ(second.wait(), 1);
    EXPECT_NE(second.output().find("cannot make the admin socket"), std::string::npos)
        << second.output();
    EXPECT_EQ(tell_admin(served, "list"), "ok\n");
}

}  // namespace endpoint_fault_test
