// SPDX-License-Identifier: Apache-2.0
#include "protocol/protocol_filter.hpp"

#include "protocol/forced_errors.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace protocol_filter_test {

using namespace dsql_local;
using namespace std::chrono_literals;

std::string query(const std::string& sql) {
    return wire::encode_message('Q', sql + '\0');
}
std::string parse(const std::string& name, const std::string& sql) {
    return wire::encode_message('P', name + '\0' + sql + '\0' + std::string(2, '\0'));
}
std::string bind_to(const std::string& portal, const std::string& statement) {
    return wire::encode_message('B', portal + '\0' + statement + '\0' + std::string(6, '\0'));
}
std::string bind(const std::string& statement) {
    return bind_to("", statement);
}
std::string execute_of(const std::string& portal) {
    return wire::encode_message('E', portal + std::string(5, '\0'));
}
std::string close_statement(const std::string& name) {
    return wire::encode_message('C', 'S' + name + '\0');
}
std::string complete(const std::string& tag) {
    return wire::encode_message('C', tag + '\0');
}
std::string ready(char status) {
    return wire::encode_message('Z', std::string(1, status));
}
std::string error(const std::string& sqlstate, const std::string& message) {
    return wire::encode_error_response({.sqlstate = sqlstate, .message = message}, "ERROR");
}

const std::string execute = execute_of("");
const std::string sync = wire::encode_message('S', "");
const std::string parsed = wire::encode_message('1', "");
const std::string bound = wire::encode_message('2', "");
const std::string closed = wire::encode_message('3', "");

const std::string copying = wire::encode_message('G', std::string("\0\0\0", 3));
const std::string lock_timeout_refused =
    error("0A000", "setting configuration parameter \"lock_timeout\" not supported");

// How the endpoint executes a statement of its own, and PostgreSQL's response.
std::string own_statement(const std::string& sql) {
    const std::string own = "dsql_local_own";
    return close_statement(own) + parse(own, sql) + wire::encode_message('C', 'P' + own + '\0') +
           bind_to(own, own) + execute_of(own) + sync;
}
std::string own_completed(const std::string& tag) {
    return closed + parsed + closed + bound + complete(tag) + ready('T');
}

class protocol_filter_test : public testing::Test {
protected:
    explicit protocol_filter_test(sql_dialect dialect = sql_dialect::dsql)
        : shared_(std::make_shared<shared_state>(0, dialect)) {}

    std::string send(const std::string& bytes) {
        filter_.filter_requests(bytes, now_, out_);
        return std::string(out_.bytes());
    }
    std::string receive(const std::string& bytes) {
        filter_.filter_responses(bytes, now_, out_);
        return std::string(out_.bytes());
    }
    std::string resume() {
        EXPECT_TRUE(filter_.is_waiting());
        filter_.resume_requests(now_, out_);
        return std::string(out_.bytes());
    }
    void pass(const std::string& sql, const std::string& tag, char status) {
        EXPECT_EQ(send(query(sql)), query(sql));
        EXPECT_EQ(receive(complete(tag) + ready(status)), complete(tag) + ready(status));
    }

    std::string give_way() {
        std::string requests;
        filter_.give_way(filter_.open_transaction(), requests);
        return requests;
    }

    // The client does not see what follows its BEGIN.
    void begin() {
        EXPECT_EQ(send(query("BEGIN")),
                  query("BEGIN\n; CALL pg_catalog.dsql_local_take_snapshot(); "
                        "SAVEPOINT dsql_local_begin"));
        EXPECT_EQ(
            receive(complete("BEGIN") + complete("CALL") + complete("SAVEPOINT") + ready('T')),
            complete("BEGIN") + ready('T'));
    }

    std::shared_ptr<shared_state> shared_;
    protocol_filter filter_{shared_, {.transaction = 2s}};
    protocol_filter::time_point now_{};
    wire::relay_buffer out_;
    std::uint64_t refusals_ = 0;
};

// What is prepared and bound is learned in every dialect. DSQL has no DEALLOCATE.
class protocol_filter_names_test : public protocol_filter_test {
protected:
    protocol_filter_names_test() : protocol_filter_test(sql_dialect::postgres) {}
};

TEST_F(protocol_filter_test, what_is_ordinary_passes_as_it_is) {
    const std::string requests = query("SELECT 1 FROM t") + parse("a", "INSERT INTO t VALUES (1)") +
                                 bind("a") + execute + sync + wire::encode_message('X', "");
    EXPECT_EQ(send(requests), requests);
    const std::string answers = wire::encode_message('T', "row") + complete("SELECT 1") +
                                ready('I') + parsed + bound + complete("INSERT 0 1") + ready('I');
    EXPECT_EQ(receive(answers), answers);
    EXPECT_EQ(receive(error("42601", "syntax error")), error("42601", "syntax error"));
}

TEST_F(protocol_filter_test, a_refused_query_becomes_one_that_fails) {
    EXPECT_EQ(send(query("SET lock_timeout = 1")), query("EXECUTE \"dsql_local_refusal_1\""));
    EXPECT_EQ(receive(error("26000", "prepared statement \"dsql_local_refusal_1\" does not exist") +
                      ready('I')),
              error("0A000", "setting configuration parameter \"lock_timeout\" not supported") +
                  ready('I'));
}

TEST_F(protocol_filter_test, what_comes_before_a_refused_statement_runs) {
    EXPECT_EQ(send(query("SELECT 1; TRUNCATE t; CREATE INDEX ASYNC i ON t (a)")),
              query("SELECT 1; EXECUTE \"dsql_local_refusal_1\""));
    EXPECT_EQ(
        receive(complete("SELECT 1") + error("26000", "\"dsql_local_refusal_1\"") + ready('I')),
        complete("SELECT 1") + error("0A000", "unsupported statement: Truncate") + ready('I'));
    begin();
    EXPECT_EQ(send(query("COMMIT; SAVEPOINT a")),
              query("COMMIT; EXECUTE \"dsql_local_refusal_2\""));
}

TEST_F(protocol_filter_test, an_error_that_only_looks_like_a_refusal_passes) {
    send(query("SELECT dsql_local_refusal_1"));
    const std::string own = error("42703", "column \"dsql_local_refusal_1\" does not exist");
    EXPECT_EQ(receive(own + ready('I')), own + ready('I'));
}

TEST_F(protocol_filter_test, a_refused_parse_prepares_what_cannot_be_parsed) {
    EXPECT_EQ(send(parse("s", "SET lock_timeout = 1") + bind("s") + execute + sync),
              parse("s", "SELECT dsql_local_refusal_1") + bind("s") +
                  execute_of("dsql_local_refusal_2") + sync);
    EXPECT_EQ(
        receive(error("42703", "column \"dsql_local_refusal_1\" does not exist") + ready('I')),
        error("0A000", "setting configuration parameter \"lock_timeout\" not supported") +
            ready('I'));
}

TEST_F(protocol_filter_test, a_refused_parse_aborts_the_block) {
    begin();
    send(parse("", "SAVEPOINT a") + sync);
    const std::string select = parse("", "TRUNCATE t") + bind("") + execute + sync;
    EXPECT_EQ(send(select), select);  // PostgreSQL itself reports 25P02
}

TEST_F(protocol_filter_test, what_depends_on_the_transaction_is_refused_when_it_is_executed) {
    const std::string ddl = parse("s", "CREATE TABLE t (a int)") + bind("s") + execute + sync;
    begin();
    EXPECT_EQ(send(ddl), ddl);
    receive(parsed + bound + complete("CREATE TABLE") + ready('T'));
    EXPECT_EQ(send(bind("s") + execute + sync),
              bind("s") + execute_of("dsql_local_refusal_1") + sync);
    EXPECT_EQ(receive(bound + error("34000", "\"dsql_local_refusal_1\"") + ready('E')),
              bound + error("0A000", "multiple ddl statements not supported in a transaction") +
                  ready('E'));
}

TEST_F(protocol_filter_test, ddl_does_not_mix) {
    const auto refused = [this](const std::string& sql) {
        const std::string sent = send(query(sql));
        receive(error("26000", "whatever") + ready('I'));
        return sent.find("EXECUTE \"dsql_local_refusal_") != std::string::npos;
    };
    EXPECT_TRUE(refused("CREATE TABLE a (b int); CREATE TABLE c (d int)"));
    EXPECT_TRUE(refused("CREATE TABLE a (b int); INSERT INTO a VALUES (1)"));
    EXPECT_TRUE(refused("BEGIN; INSERT INTO a VALUES (1); DROP TABLE a; COMMIT"));
    EXPECT_FALSE(refused("BEGIN; DROP TABLE a; COMMIT; BEGIN; DROP TABLE b; COMMIT"));
    EXPECT_FALSE(refused("CREATE TABLE a (b int)"));
    EXPECT_FALSE(refused("CREATE TABLE a (b int); SELECT 1"));
    // In the extended protocol, a Sync ends the transaction.
    const std::string ddl = parse("", "CREATE TABLE t (a int)") + bind("") + execute;
    EXPECT_EQ(send(ddl + sync + ddl + sync), ddl + sync + ddl + sync);
    EXPECT_NE(send(ddl + ddl + sync), ddl + ddl + sync);
}

TEST_F(protocol_filter_test, the_version_is_that_of_dsql) {
    const auto status = [](const std::string& name, const std::string& value) {
        return wire::encode_message('S', name + '\0' + value + '\0');
    };
    EXPECT_EQ(receive(status("server_version", "15.14") + status("TimeZone", "UTC")),
              status("server_version", "16.15") + status("TimeZone", "UTC"));
}

TEST_F(protocol_filter_test, answers_that_the_client_did_not_ask_for_are_kept_from_it) {
    begin();
    pass("INSERT INTO t VALUES (1)", "INSERT 0 1", 'T');
    shared_->faults.set(fault::data_conflict, {.times = 1});
    const std::string name = "dsql_local_commit";
    EXPECT_EQ(send(parse("", "COMMIT") + bind("") + execute + sync),
              parse("", "COMMIT") + bind("") + wire::encode_message('C', "S" + name + '\0') +
                  parse(name, failing_commit_sql(1)) + bind_to(name, name) + execute_of(name) +
                  sync);
    EXPECT_EQ(receive(parsed + bound + closed + parsed + bound +
                      error("22023",
                            "transaction identifier \"dsql_local_refusal_1_xx\" is too "
                            "long") +
                      ready('I')),
              parsed + bound + error("40001", "change conflicts with another transaction (OC000)") +
                  ready('I'));
}

TEST_F(protocol_filter_test, conflicts_of_postgresql_get_the_words_of_dsql) {
    const std::string conflict =
        error("40001", "change conflicts with another transaction (OC000)");
    for (const char* sqlstate : {"40001", "40P01", "55P03"}) {
        send(query("UPDATE t SET a = 1"));
        EXPECT_EQ(receive(error(sqlstate, "whatever") + ready('I')), conflict + ready('I'));
    }
    const std::string marked = error("40001", "raised by the client (OC001)");
    EXPECT_EQ(receive(marked), marked);
}

// With another session that shares the state.
class schema_race_test : public protocol_filter_test {
protected:
    // A statement of the other session begins, and ends.
    void begin_other(const std::string& sql) { other_.filter_requests(query(sql), now_, out_); }
    void end_other(const std::string& tag) {
        other_.filter_responses(complete(tag) + ready('I'), now_, out_);
    }

    // The error that the client gets for PostgreSQL's.
    std::string answer(const std::string& sql, const std::string& failed) {
        send(query(sql));
        const std::string received = receive(failed + ready('I'));
        return received.substr(0, received.size() - ready('I').size());
    }

    const std::string conflict_ =
        error("40001", "schema has been updated by another transaction (OC001)");
    const std::string create_ = "CREATE TABLE IF NOT EXISTS t (id int)";
    const std::string taken_ = error("42P07", "relation \"t\" already exists");
    protocol_filter other_{shared_, {}};
};

// An error with the schema and the table that it is about.
std::string unique_error(const std::string& schema, const std::string& table) {
    using std::string_literals::operator""s;
    return wire::encode_message(
        'E', "SERROR\0VERROR\0C23505\0Mduplicate key\0s"s + schema + "\0t"s + table + "\0\0"s);
}

TEST_F(schema_race_test, errors_that_only_another_session_explains_are_conflicts) {
    const std::string type = error("42710", "type \"t\" already exists");
    struct race {
        std::string sql;
        std::string failed;
    };
    const std::vector<race> races{
        {create_, taken_},
        {create_, type},
        {"CREATE TABLE t (id int)", type},
        {"CREATE OR REPLACE VIEW t AS SELECT 1", taken_},
        {"CREATE SCHEMA IF NOT EXISTS s", error("42P06", "schema \"s\" already exists")},
        {"CREATE TABLE t (id int)", unique_error("pg_catalog", "pg_type")},
        {"DROP TABLE t", error("XX000", "cache lookup failed for relation 1234")},
        {"DROP ROLE r", error("XX000", "could not find tuple for role 1234")},
        {"DROP FUNCTION f", error("42883", "function with OID 1234 does not exist")},
        {"SELECT 1 FROM t", error("XX000", "could not open relation with OID 1234")}};
    for (const auto& [sql, failed] : races) {
        EXPECT_EQ(answer(sql, failed), failed) << sql;
        begin_other("CREATE TABLE other (id int)");
        EXPECT_EQ(answer(sql, failed), conflict_) << sql;
        end_other("CREATE TABLE");
        send(query("SELECT 1 FROM t"));  // the version of the other session's change is known now
        receive(complete("SELECT 1") + ready('I'));
        EXPECT_EQ(answer(sql, failed), failed) << sql;
    }
}

TEST_F(schema_race_test, errors_that_are_right_anyway_stay) {
    begin_other("CREATE TABLE other (id int)");
    for (const std::string& failed :
         {taken_, unique_error("public", "t"), unique_error("pg_catalog", "jobs"),
          error("42710", "role \"r\" already exists"),
          error("42883", "function f() does not exist")}) {
        EXPECT_EQ(answer("CREATE TABLE t (id int)", failed), failed);
    }
}

TEST_F(schema_race_test, a_change_that_was_told_early_is_not_told_again) {
    begin_other(create_);
    send(query(create_));
    EXPECT_EQ(receive(taken_ + ready('I')), conflict_ + ready('I'));
    end_other("CREATE TABLE");
    pass(create_, "CREATE TABLE", 'I');
}

TEST_F(schema_race_test, a_change_since_the_last_answer_counts_whatever_precedes_the_statement) {
    begin_other("BEGIN");
    other_.filter_responses(
        complete("BEGIN") + complete("CALL") + complete("SAVEPOINT") + ready('T'), now_, out_);
    begin_other("CREATE TABLE other (id int)");
    other_.filter_responses(complete("CREATE TABLE") + ready('T'), now_, out_);
    send(query("SET timezone = 'UTC'; " + create_));
    EXPECT_EQ(receive(complete("SET") + taken_ + ready('I')),
              complete("SET") + conflict_ + ready('I'));
    begin_other("COMMIT");
    end_other("COMMIT");
    pass("SELECT 1 FROM t", "SELECT 1", 'I');
    EXPECT_EQ(answer(create_, taken_), taken_);
}

TEST_F(schema_race_test, the_sessions_own_statements_are_none_of_another) {
    send(query(create_) + query("CREATE TABLE u (id int)"));
    EXPECT_EQ(receive(taken_ + ready('I')), taken_ + ready('I'));
    EXPECT_EQ(receive(complete("CREATE TABLE") + ready('I')),
              complete("CREATE TABLE") + ready('I'));
    EXPECT_EQ(answer(create_, taken_), taken_);
}

TEST_F(protocol_filter_test, ddl_raises_the_version_when_it_is_committed) {
    begin();
    pass("CREATE TABLE t (a int)", "CREATE TABLE", 'T');
    EXPECT_EQ(shared_->catalogue_version, 0U);
    pass("COMMIT", "COMMIT", 'I');
    EXPECT_EQ(shared_->catalogue_version, 1U);
    pass("SELECT a FROM t", "SELECT 0", 'I');  // the session's own change is not a conflict
    pass("CREATE TABLE u (a int)", "CREATE TABLE", 'I');
    EXPECT_EQ(shared_->catalogue_version, 2U);
    begin();
    pass("DROP TABLE u", "DROP TABLE", 'T');
    pass("ROLLBACK", "ROLLBACK", 'I');
    send(query("DROP TABLE none"));
    receive(error("42P01", "does not exist") + ready('I'));
    EXPECT_EQ(shared_->catalogue_version, 2U);
}

TEST_F(protocol_filter_test, own_ddl_does_not_hide_that_of_others) {
    EXPECT_EQ(send(query("CREATE TABLE t (a int)")), query("CREATE TABLE t (a int)"));
    ++shared_->catalogue_version;  // another session has changed the schema
    receive(complete("CREATE TABLE") + ready('I'));
    EXPECT_EQ(send(query("SELECT a FROM t")), query("EXECUTE \"dsql_local_refusal_1\""));
    receive(error("26000", "\"dsql_local_refusal_1\"") + ready('I'));
    EXPECT_EQ(send(query("SELECT a FROM t")), query("SELECT a FROM t"));
}

TEST_F(protocol_filter_test, a_transaction_grows_old) {
    begin();
    now_ += 2s;
    pass("SELECT a FROM t", "SELECT 0", 'T');
    now_ += 500ms;
    pass("SELECT 1", "SELECT 1", 'T');
    EXPECT_EQ(send(query("SELECT a FROM t")), query("EXECUTE \"dsql_local_refusal_1\""));
    EXPECT_EQ(receive(error("26000", "\"dsql_local_refusal_1\"") + ready('E')),
              wire::encode_error_response({.sqlstate = "54000",
                                           .message = "transaction age limit of 2s exceeded",
                                           .detail = "Current transaction age 2.5s exceeds 2s"},
                                          "ERROR") +
                  ready('E'));
    pass("COMMIT", "ROLLBACK", 'I');
}

TEST_F(protocol_filter_test, a_cut_before_hands_nothing_more_on) {
    shared_->faults.set(fault::cut_before_commit, {});
    EXPECT_EQ(send(query("SELECT 1") + query("INSERT INTO t VALUES (1)") + query("SELECT 2")),
              query("SELECT 1"));
    EXPECT_TRUE(filter_.is_cut());
}

TEST_F(protocol_filter_test, a_cut_after_waits_for_the_whole_answer) {
    shared_->faults.set(fault::cut_after_commit, {});
    const std::string requests = query("SELECT 1") + query("INSERT INTO t VALUES (1) RETURNING 1");
    EXPECT_EQ(send(requests), requests);
    const std::string first = complete("SELECT 1") + ready('I');
    EXPECT_EQ(receive(first + wire::encode_message('D', "row") + complete("INSERT 0 1")), first);
    EXPECT_FALSE(filter_.is_cut());
    EXPECT_EQ(receive(ready('I')), "");
    EXPECT_TRUE(filter_.is_cut());
}

TEST_F(protocol_filter_test, a_sync_before_the_data_of_a_copy_is_not_answered) {
    const std::string copy_done = wire::encode_message('c', "");
    for (const bool is_blind : {false, true}) {
        const std::string begin = parse("", "COPY t FROM STDIN") + bind("") + execute + sync;
        const std::string data = wire::encode_message('d', "1\n") + copy_done + sync;
        EXPECT_EQ(send(is_blind ? begin + data : begin), is_blind ? begin + data : begin);
        EXPECT_EQ(receive(parsed + bound + copying), parsed + bound + copying);
        if (!is_blind) {
            EXPECT_EQ(send(data), data);
        }
        // If the filter expected a ReadyForQuery for the first Sync, it would lose this query's
        // error.
        send(query("SET lock_timeout = 1"));
        const std::string copied = complete("COPY 1") + ready('I');
        EXPECT_EQ(receive(copied), copied);
        const std::string name = forced_error_statement(is_blind ? 2 : 1);
        EXPECT_NE(receive(error("26000", name) + ready('I')).find("lock_timeout"),
                  std::string::npos);
    }
}

TEST_F(protocol_filter_test, requests_after_a_blind_copy_keep_their_responses) {
    const std::string requests = parse("", "COPY t FROM STDIN") + bind("") + execute + sync +
                                 wire::encode_message('d', "1\n") + wire::encode_message('c', "") +
                                 sync;
    std::string following;
    for (int i = 0; i < 10; ++i) {
        following += query("SELECT 1");
    }
    EXPECT_EQ(send(requests + following), requests + following);
    send(query("SET lock_timeout = 1"));
    receive(parsed + bound + copying + complete("COPY 1") + ready('I'));
    for (int i = 0; i < 10; ++i) {
        receive(complete("SELECT 1") + ready('I'));
    }
    EXPECT_NE(receive(error("26000", forced_error_statement(1)) + ready('I')).find("lock_timeout"),
              std::string::npos);
}

TEST_F(protocol_filter_test, an_index_job_has_the_answer_of_an_index) {
    const std::string asked = send(query("SELECT 1; CREATE INDEX ASYNC i ON t (a); SELECT 2"));
    EXPECT_EQ(asked,
              query("SELECT 1; CALL pg_catalog.dsql_local_create_index($q$CREATE INDEX  i ON "
                    "t (a) $q$, $q$t $q$, false); SELECT 2"));
    EXPECT_EQ(receive(complete("SELECT 1") + complete("CALL") + complete("SELECT 1") + ready('I')),
              complete("SELECT 1") + complete("CREATE INDEX") + complete("SELECT 1") + ready('I'));
    EXPECT_EQ(shared_->catalogue_version, 1U);
}

TEST_F(protocol_filter_test, chunks_of_one_byte_do_as_well) {
    const std::string requests = query("SET lock_timeout = 1") + query("SELECT 1");
    std::string asked;
    for (const char c : requests) {
        asked += send(std::string(1, c));
    }
    EXPECT_EQ(asked, query("EXECUTE \"dsql_local_refusal_1\"") + query("SELECT 1"));
}

TEST_F(protocol_filter_names_test, a_refused_parse_or_close_changes_nothing) {
    shared_->faults.set(fault::server_unavailable, {});
    const std::string refused = "SELECT a FROM t";
    const std::string syntax_error = error("42601", "syntax error");
    const std::string duplicate = error("42P05", "prepared statement \"s\" already exists");
    struct conversation {
        std::string requests;
        std::string responses;
    };
    // In each, the statement s is the refused one before, and must be so after.
    const std::vector<conversation> conversations = {
        {parse("s", "SELECT 1") + sync, duplicate},
        {parse("t", "SELEC") + parse("s", "SELECT 1") + sync, syntax_error},
        {parse("t", "SELEC") + close_statement("s") + parse("s", "SELECT 1") + sync, syntax_error},
        {parse("", "SELEC") + query("DEALLOCATE ALL") + sync, syntax_error},
        {close_statement("t") + sync, closed},
        {wire::encode_message('C', std::string("Ps\0", 3)) + sync, closed},
        {query("DEALLOCATE t"), error("26000", "does not exist")},
    };
    send(parse("s", refused) + sync);
    receive(parsed + ready('I'));
    std::uint64_t number = 0;
    for (const conversation& each : conversations) {
        EXPECT_EQ(send(each.requests), each.requests);
        EXPECT_EQ(receive(each.responses + ready('I')), each.responses + ready('I'));
        EXPECT_EQ(send(bind("s") + execute + sync),
                  bind("s") + execute_of(forced_error_statement(++number)) + sync)
            << each.responses;
        receive(bound + error("34000", forced_error_statement(number)) + ready('I'));
    }
}

TEST_F(protocol_filter_names_test, what_drops_a_statement_is_noticed) {
    const std::string allowed = "SELECT 1";
    struct conversation {
        std::string name;
        std::string requests;
        std::string responses;
    };
    const std::vector<conversation> conversations = {
        {"s", close_statement("s") + sync, closed},
        {"s", query("DEALLOCATE s"), complete("DEALLOCATE")},
        {"S", query("DEALLOCATE PREPARE \"S\""), complete("DEALLOCATE")},
        {"s", query("DEALLOCATE ALL"), complete("DEALLOCATE ALL")},
        {"s", query("DISCARD ALL"), complete("DISCARD ALL")},
        {"s", parse("", "DEALLOCATE s") + bind("") + execute + sync,
         parsed + bound + complete("DEALLOCATE")},
        {"", query("SELECT 1"), complete("SELECT 1")},
        {"", parse("", "SELEC") + sync, error("42601", "syntax error")},
    };
    for (const conversation& each : conversations) {
        shared_->faults.set(fault::server_unavailable, {.times = 1});
        send(parse(each.name, "SELECT a FROM t") + sync);
        receive(parsed + ready('I'));
        send(each.requests);
        receive(each.responses + ready('I'));
        // The name stands for nothing, so the fault does not strike.
        const std::string execution = bind(each.name) + execute + sync;
        EXPECT_EQ(send(execution), execution) << each.requests;
        receive(error("26000", "does not exist") + ready('I'));
        EXPECT_EQ(shared_->faults.list()[0].strikes, 0U) << each.requests;
    }
}

TEST_F(protocol_filter_names_test, an_execute_is_what_it_executes) {
    shared_->faults.set(fault::server_unavailable, {});
    const std::string prepare = "PREPARE s AS SELECT a FROM t";
    struct conversation {
        std::string requests;
        std::string responses;
    };
    // In each, the statement s is prepared.
    const std::vector<conversation> conversations = {
        {query(prepare), complete("PREPARE")},
        {query("SELECT 1; " + prepare + "; SELECT 1"),
         complete("SELECT 1") + complete("PREPARE") + complete("SELECT 1")},
        {query(prepare + "; SELECT 1/0"), complete("PREPARE") + error("22012", "division by zero")},
        {parse("", prepare) + bind("") + execute + sync, parsed + bound + complete("PREPARE")},
        {parse("s", "SELECT a FROM t") + sync, parsed},
    };
    for (const conversation& each : conversations) {
        EXPECT_EQ(send(each.requests), each.requests);
        receive(each.responses + ready('I'));
        for (const char* sql : {"EXECUTE s", "EXPLAIN ANALYZE EXECUTE s"}) {
            const std::string name = forced_error_statement(++refusals_);
            EXPECT_EQ(send(query(sql)), query("EXECUTE \"" + name + "\"")) << each.requests;
            receive(error("26000", name) + ready('I'));
        }
        const std::string execution = parse("", "EXECUTE s") + bind("");
        EXPECT_EQ(send(execution + execute + sync),
                  execution + execute_of(forced_error_statement(++refusals_)) + sync);
        receive(parsed + bound + error("34000", forced_error_statement(refusals_)) + ready('I'));
        send(query("DEALLOCATE s"));
        receive(complete("DEALLOCATE") + ready('I'));
        pass("EXECUTE s", "SELECT 1", 'I');  // PostgreSQL says that there is no s
    }
}

TEST_F(protocol_filter_names_test, what_postgresql_did_not_prepare_is_not_known) {
    const std::string prepare = query("PREPARE s AS SELECT a FROM t");
    const std::string failed = error("42P05", "prepared statement \"s\" already exists");
    shared_->faults.set(fault::server_unavailable, {.times = 1});
    send(prepare);
    receive(failed + ready('I'));
    pass("EXECUTE s", "SELECT 1", 'I');
    // Until PostgreSQL has answered, what EXECUTE does is not known.
    EXPECT_EQ(send(prepare + query("EXECUTE s")), prepare);
    receive(failed + ready('I'));
    EXPECT_EQ(resume(), query("EXECUTE s"));
    receive(complete("SELECT 1") + ready('I'));
    EXPECT_EQ(shared_->faults.list()[0].strikes, 0U);
    const std::string both = "PREPARE s AS SELECT a FROM t; ";
    EXPECT_EQ(send(query(both + "EXECUTE s")), query(both + "EXECUTE \"dsql_local_refusal_1\""));
}

TEST_F(protocol_filter_names_test, names_are_told_apart_as_postgresql_does) {
    shared_->faults.set(fault::server_unavailable, {});
    const std::string stem(63, 'n');
    send(parse(stem + "1", "SELECT a FROM t") + sync);
    receive(parsed + ready('I'));
    EXPECT_EQ(send(bind_to(stem + "4", stem + "2") + execute_of(stem + "5") + sync),
              bind_to(stem + "4", stem + "2") + execute_of("dsql_local_refusal_1") + sync);
}

TEST_F(protocol_filter_names_test, a_bind_waits_for_a_parse_that_may_fail) {
    shared_->faults.set(fault::server_unavailable, {});
    send(parse("s", "SELECT a FROM t") + sync);
    receive(parsed + ready('I'));
    const std::string replacing = close_statement("s") + parse("s", "SELECT 1") + sync;
    const std::string execution = bind("s") + execute + sync;
    for (const bool fails : {true, false}) {
        EXPECT_EQ(send(replacing + execution), replacing);
        EXPECT_TRUE(filter_.is_waiting());
        receive(fails ? error("XX000", "out of luck") + ready('I') : closed + parsed + ready('I'));
        EXPECT_EQ(resume(),
                  fails ? bind("s") + execute_of("dsql_local_refusal_1") + sync : execution);
        EXPECT_FALSE(filter_.is_waiting());
        receive(bound +
                (fails ? error("34000", "\"dsql_local_refusal_1\"") : complete("SELECT 1")) +
                ready('I'));
    }
}

TEST_F(protocol_filter_test, a_pipeline_up_to_a_sync_never_waits) {
    std::string requests;
    for (const char* sql : {"BEGIN", "INSERT INTO t VALUES (1)", "COMMIT", "SELECT 1"}) {
        requests += parse("s", sql) + bind("s") + execute + close_statement("s");
    }
    const std::string sent = send(requests + sync);
    EXPECT_FALSE(filter_.is_waiting());
    EXPECT_EQ(sent.substr(sent.size() - sync.size()), sync);
}

TEST_F(protocol_filter_test, a_transaction_that_gave_way_is_repeated_before_the_next_request) {
    // Its BEGIN may be a query of its own, or in the same query.
    for (const bool is_one_query : {false, true}) {
        if (!is_one_query) {
            begin();
        }
        send(query(is_one_query ? "BEGIN; UPDATE t SET a = 1" : "UPDATE t SET a = 1"));
        const std::string begun = complete("BEGIN") + complete("CALL") + complete("SAVEPOINT");
        receive((is_one_query ? begun : "") + complete("UPDATE 1") + ready('T'));
        EXPECT_EQ(give_way(), own_statement("ROLLBACK TO SAVEPOINT dsql_local_begin"));
        EXPECT_EQ(receive(own_completed("ROLLBACK")), "");
        EXPECT_EQ(send(query("SELECT 1")), own_statement("UPDATE t SET a = 1"));
        EXPECT_EQ(receive(own_completed("UPDATE 1")), "");
        EXPECT_EQ(resume(), query("SELECT 1"));
        receive(complete("SELECT 1") + ready('T'));
        pass("ROLLBACK", "ROLLBACK", 'I');
    }
}

// A rollback would drop the portal.
TEST_F(protocol_filter_test, a_transaction_gives_way_only_without_a_portal_to_execute) {
    const std::string update = parse("s", "UPDATE t SET a = 1") + bind("s") + execute + sync;
    const std::string updated = parsed + bound + complete("UPDATE 1") + ready('T');
    const std::string flush = wire::encode_message('H', "");
    begin();
    send(update);
    EXPECT_EQ(receive(updated), updated);
    for (const std::string& end : {flush, sync}) {
        const std::string ended = end == sync ? ready('T') : "";
        send(bind_to("p", "s") + bind_to("q", "s") + execute_of("p") + end);
        receive(bound + bound + complete("UPDATE 1") + ended);
        EXPECT_TRUE(filter_.is_idle());
        EXPECT_EQ(give_way(), "");
        send(execute_of("q") + end);
        receive(complete("UPDATE 1") + ended);
        send(bind_to("q", "s") + end);
        receive(bound + ended);
        EXPECT_EQ(give_way(), "");
        send(wire::encode_message('C', std::string("Pq") + '\0') + end);
        receive(closed + ended);
    }
    EXPECT_NE(give_way(), "");
}

// What may be executed a second time must not have sent rows.
TEST_F(protocol_filter_test, the_first_rows_of_a_statement_that_locks_are_held) {
    const auto row = [](std::size_t size) {
        return wire::encode_message('D', std::string(size, 'r'));
    };
    const std::string head = wire::encode_message('T', "row");
    begin();
    const auto lock = [&] {
        send(query("SELECT a FROM t FOR UPDATE"));
        EXPECT_EQ(receive(head), head);
        EXPECT_EQ(receive(row(1) + row(2)), "");
    };
    lock();
    EXPECT_EQ(receive(row(3) + complete("SELECT 3") + ready('T')),
              row(1) + row(2) + row(3) + complete("SELECT 3") + ready('T'));
    lock();
    const std::string large = row(1024UL * 1024);
    EXPECT_EQ(receive(large), row(1) + row(2) + large);
    EXPECT_EQ(receive(row(3)), row(3));
    EXPECT_EQ(receive(complete("SELECT 4") + ready('T')), complete("SELECT 4") + ready('T'));
    lock();
    const std::string failed = error("22012", "division by zero") + ready('E');
    EXPECT_EQ(receive(failed), row(1) + row(2) + failed);
    pass("ROLLBACK", "ROLLBACK", 'I');
    send(query("SELECT a FROM t FOR UPDATE"));
    EXPECT_EQ(receive(row(1)), row(1)) << "outside a block, its conflict is its own";
}

TEST_F(protocol_filter_test, a_fault_strikes_at_a_commit_after_a_function) {
    begin();
    pass("SELECT mine()", "SELECT 1", 'T');
    shared_->faults.set(fault::data_conflict, {.times = 2});
    EXPECT_NE(send(query("COMMIT")), query("COMMIT"));
    receive(error("22023", "transaction identifier is too long") + ready('I'));
    EXPECT_NE(send(query("SELECT mine(1)")), query("SELECT mine(1)"));
    EXPECT_EQ(shared_->faults.list()[0].strikes, 2U);
}

TEST_F(protocol_filter_test, a_commit_waits_for_what_may_fail) {
    begin();
    const std::string insert = query("INSERT INTO t VALUES (1)");
    shared_->faults.set(fault::data_conflict, {.times = 1});
    EXPECT_EQ(send(insert + query("COMMIT") + query("SELECT 1")), insert);
    receive(error("23505", "duplicate key") + ready('E'));
    // PostgreSQL rolls back, so the fault does not strike.
    EXPECT_EQ(resume(), query("COMMIT"));
    receive(complete("ROLLBACK") + ready('I'));
    EXPECT_EQ(resume(), query("SELECT 1"));
    EXPECT_EQ(shared_->faults.list()[0].strikes, 0U);
}

TEST_F(protocol_filter_test, a_commit_bound_before_the_writes_is_decided_when_it_is_executed) {
    begin();
    shared_->faults.set(fault::data_conflict, {.times = 1});
    const std::string binding = parse("s", "COMMIT") + bind_to("end", "s") + sync;
    EXPECT_EQ(send(binding), binding);
    receive(parsed + bound + ready('T'));
    pass("INSERT INTO t VALUES (1)", "INSERT 0 1", 'T');
    EXPECT_NE(send(execute_of("end") + sync), execute_of("end") + sync);
}

TEST_F(protocol_filter_test, what_postgresql_skips_is_not_decided) {
    shared_->faults.set(fault::server_unavailable, {.times = 1});
    const std::string skipped = parse("", "SELECT a FROM t") + bind("") + execute;
    EXPECT_EQ(send(parse("", "SELEC")), parse("", "SELEC"));
    receive(error("42601", "syntax error"));
    EXPECT_EQ(send(skipped + sync), sync);
    EXPECT_EQ(receive(ready('I')), ready('I'));
    EXPECT_EQ(shared_->faults.list()[0].strikes, 0U);
    EXPECT_TRUE(filter_.is_idle());
}

TEST_F(protocol_filter_test, a_portal_that_continues_is_not_decided_again) {
    shared_->faults.set(fault::server_unavailable, {.probability = 1, .times = 1});
    shared_->faults.clear_all();
    begin();
    const std::string requests = parse("", "SELECT a FROM t") + bind("") + execute + sync;
    EXPECT_EQ(send(requests), requests);
    const std::string suspended = wire::encode_message('s', "");
    receive(parsed + bound + suspended + ready('T'));
    shared_->faults.set(fault::server_unavailable, {.times = 1});
    EXPECT_EQ(send(execute + sync), execute + sync);
    receive(complete("SELECT 1") + ready('T'));
}

TEST_F(protocol_filter_test, only_a_lock_timeout_that_postgresql_misreports_is_a_conflict) {
    const std::string by_user = error("57014", "canceling statement due to user request");
    const std::string conflict =
        error("40001", "change conflicts with another transaction (OC000)");
    for (const char* message :
         {"COPY from stdin failed: given up", "canceling statement due to statement timeout"}) {
        send(query("COPY t FROM STDIN"));
        EXPECT_EQ(receive(error("57014", message) + ready('I')),
                  error("57014", message) + ready('I'));
    }
    send(query("UPDATE t SET a = 1"));
    EXPECT_EQ(receive(by_user + ready('I')), conflict + ready('I'));
    protocol_filter other(shared_, {});
    wire::relay_buffer out;
    const std::string cancel = query("SELECT PG_Cancel_Backend(1)");
    for (const bool ends_before : {false, true}) {
        send(query("UPDATE t SET a = 1"));
        other.filter_requests(cancel, now_, out);
        const std::string canceled = complete("SELECT 1") + ready('I');
        if (ends_before) {
            other.filter_responses(canceled, now_, out);
        }
        EXPECT_EQ(receive(by_user + ready('I')), by_user + ready('I'));
        if (!ends_before) {
            other.filter_responses(canceled, now_, out);
        }
    }
    send(query("UPDATE t SET a = 1"));
    EXPECT_EQ(receive(by_user + ready('I')), conflict + ready('I'));
}

TEST_F(protocol_filter_test, a_message_above_the_limit_ends_the_session) {
    protocol_filter limited(shared_, {}, 1000);
    wire::relay_buffer out;
    const std::string fits = wire::encode_message('Q', std::string(995, ' ') + '\0');
    for (const char type : {'Q', 'P', 'B', 'd', 'E', 'F', 'z'}) {
        protocol_filter filter(shared_, {}, 1000);
        std::string lie(1, type);
        wire::append_uint32(lie, 0x7fff'ffff);
        const std::string impossible = std::string(1, type) + std::string(4, '\0');
        std::string sent;
        for (const char c : fits + lie + query("SELECT 1")) {
            const std::string chunk(1, c);
            filter.filter_requests(chunk, now_, out);
            sent += out.bytes();
        }
        EXPECT_EQ(sent, fits + impossible);
        ASSERT_TRUE(filter.closing_error());
        EXPECT_EQ(filter.closing_error()->sqlstate, "08P01");
        EXPECT_EQ(filter.closing_error()->message, "invalid message length");
    }
}

TEST_F(protocol_filter_test, only_the_names_of_a_bind_are_held) {
    const std::string parameters(1'000'000, 'x');
    const std::string whole = wire::encode_message('B', std::string("p\0s\0", 4) + parameters);
    EXPECT_EQ(send(whole.substr(0, 7)), "");
    EXPECT_EQ(send(whole.substr(7, 10)), whole.substr(0, 17));
    const std::string rest = whole.substr(17);
    filter_.filter_requests(rest, now_, out_);
    EXPECT_EQ(out_.bytes().data(), rest.data());  // not copied
    EXPECT_EQ(out_.bytes().size(), rest.size());
}

TEST_F(protocol_filter_test, a_copy_that_fails_before_it_reads_answers_a_sync_twice) {
    const std::string begin = parse("", "COPY v FROM STDIN") + bind("") + execute + sync;
    const std::string failed = error("42809", "cannot copy to view \"v\"");
    const std::string end = wire::encode_message('c', "") + sync;
    for (const bool is_blind : {false, true}) {
        for (const bool reads_sync : {false, true}) {
            send(is_blind ? begin + end : begin);
            receive(parsed + bound + copying + failed);
            receive(reads_sync ? "" : ready('I'));
            if (!is_blind) {
                send(end);
            }
            receive(ready('I'));
            EXPECT_TRUE(filter_.is_idle()) << is_blind << reads_sync;
            EXPECT_EQ(send(query("SET lock_timeout = 1")).substr(0, 1), "Q");
            const std::string forced =
                error("26000", forced_error_statement(static_cast<unsigned>(++refusals_)));
            EXPECT_EQ(receive(forced + ready('I')), lock_timeout_refused + ready('I'));
        }
    }
}

}  // namespace protocol_filter_test
