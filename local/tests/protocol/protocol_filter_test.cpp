// SPDX-License-Identifier: Apache-2.0
#include "protocol/protocol_filter.hpp"

#include "protocol/forced_errors.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

namespace protocol_filter_test {

using namespace dsql_local;
using namespace std::chrono_literals;

std::string query(const std::string& sql) {
    return encode_message('Q', sql + '\0');
}
std::string parse(const std::string& name, const std::string& sql) {
    return encode_message('P', name + '\0' + sql + '\0' + std::string(2, '\0'));
}
std::string bind(const std::string& statement) {
    return encode_message('B', '\0' + statement + '\0' + std::string(6, '\0'));
}
std::string complete(const std::string& tag) {
    return encode_message('C', tag + '\0');
}
std::string ready(char status) {
    return encode_message('Z', std::string(1, status));
}
std::string error(const std::string& sqlstate, const std::string& message) {
    return encode_error_response({.sqlstate = sqlstate, .message = message}, "ERROR");
}

const std::string execute = encode_message('E', std::string(5, '\0'));
const std::string sync = encode_message('S', "");
const std::string parsed = encode_message('1', "");
const std::string bound = encode_message('2', "");
const std::string closed = encode_message('3', "");

class protocol_filter_test : public testing::Test {
protected:
    std::string send(const std::string& bytes) {
        std::string out;
        filter_.filter_requests(bytes, now_, out);
        return out;
    }
    std::string receive(const std::string& bytes) {
        std::string out;
        filter_.filter_responses(bytes, now_, out);
        return out;
    }
    void pass(const std::string& sql, const std::string& tag, char status) {
        EXPECT_EQ(send(query(sql)), query(sql));
        EXPECT_EQ(receive(complete(tag) + ready(status)), complete(tag) + ready(status));
    }

    std::shared_ptr<shared_state> shared_ = std::make_shared<shared_state>(0);
    protocol_filter filter_{shared_, {.transaction = 2s}};
    protocol_filter::time_point now_{};
};

TEST_F(protocol_filter_test, what_is_ordinary_passes_as_it_is) {
    const std::string requests = query("SELECT 1 FROM t") + parse("a", "INSERT INTO t VALUES (1)") +
                                 bind("a") + execute + sync + encode_message('X', "");
    EXPECT_EQ(send(requests), requests);
    const std::string answers = encode_message('T', "row") + complete("SELECT 1") + ready('I') +
                                parsed + bound + complete("INSERT 0 1") + ready('I');
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

TEST_F(protocol_filter_test, an_error_that_only_looks_like_a_refusal_passes) {
    send(query("EXECUTE \"dsql_local_refusal_1\""));
    const std::string own =
        error("26000", "prepared statement \"dsql_local_refusal_1\" does not exist");
    EXPECT_EQ(receive(own + ready('I')), own + ready('I'));
}

TEST_F(protocol_filter_test, a_refused_bind_names_another_statement) {
    EXPECT_EQ(send(parse("s", "SET lock_timeout = 1") + bind("s") + execute + sync),
              parse("s", "SET lock_timeout = 1") + bind("dsql_local_refusal_1") + execute + sync);
    EXPECT_EQ(send(bind("s") + execute + sync), bind("dsql_local_refusal_2") + execute + sync);
    // Each response gets the error for its own request.
    const std::string text = "setting configuration parameter \"lock_timeout\" not supported";
    EXPECT_EQ(receive(parsed + error("26000", "\"dsql_local_refusal_1\"") + ready('I')),
              parsed + error("0A000", text) + ready('I'));
    EXPECT_EQ(receive(error("26000", "\"dsql_local_refusal_2\"") + ready('I')),
              error("0A000", text) + ready('I'));
}

TEST_F(protocol_filter_test, answers_that_the_client_did_not_ask_for_are_kept_from_it) {
    pass("BEGIN", "BEGIN", 'T');
    pass("INSERT INTO t VALUES (1)", "INSERT 0 1", 'T');
    shared_->faults.set(fault::data_conflict, {.times = 1});
    const std::string name = "dsql_local_commit";
    EXPECT_EQ(send(parse("", "COMMIT") + bind("") + execute + sync),
              parse("", "COMMIT") + encode_message('C', "S" + name + '\0') +
                  parse(name, failing_commit_sql(1)) + bind(name) + execute + sync);
    EXPECT_EQ(receive(parsed + closed + parsed + bound +
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

TEST_F(protocol_filter_test, ddl_raises_the_version_when_it_is_committed) {
    pass("BEGIN", "BEGIN", 'T');
    pass("CREATE TABLE t (a int)", "CREATE TABLE", 'T');
    EXPECT_EQ(shared_->catalogue_version, 0U);
    pass("COMMIT", "COMMIT", 'I');
    EXPECT_EQ(shared_->catalogue_version, 1U);
    pass("SELECT a FROM t", "SELECT 0", 'I');  // the session's own change is not a conflict
    pass("CREATE TABLE u AS SELECT 1", "SELECT 1", 'I');
    EXPECT_EQ(shared_->catalogue_version, 2U);
    pass("BEGIN", "BEGIN", 'T');
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
    pass("BEGIN", "BEGIN", 'T');
    now_ += 2s;
    pass("SELECT a FROM t", "SELECT 0", 'T');
    now_ += 500ms;
    pass("SELECT 1", "SELECT 1", 'T');
    EXPECT_EQ(send(query("SELECT a FROM t")), query("EXECUTE \"dsql_local_refusal_1\""));
    EXPECT_EQ(receive(error("26000", "\"dsql_local_refusal_1\"") + ready('E')),
              encode_error_response({.sqlstate = "54000",
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
    EXPECT_EQ(receive(first + encode_message('D', "row") + complete("INSERT 0 1")), first);
    EXPECT_FALSE(filter_.is_cut());
    EXPECT_EQ(receive(ready('I')), "");
    EXPECT_TRUE(filter_.is_cut());
}

TEST_F(protocol_filter_test, a_sync_before_the_data_of_a_copy_is_not_answered) {
    const std::string copying = encode_message('G', std::string("\0\0\0", 3));
    const std::string copy_done = encode_message('c', "");
    for (const bool is_blind : {false, true}) {
        const std::string begin = parse("", "COPY t FROM STDIN") + bind("") + execute + sync;
        const std::string data = encode_message('d', "1\n") + copy_done + sync;
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
    const std::string copying = encode_message('G', std::string("\0\0\0", 3));
    const std::string requests = parse("", "COPY t FROM STDIN") + bind("") + execute + sync +
                                 encode_message('d', "1\n") + encode_message('c', "") + sync;
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
    EXPECT_EQ(asked, query("SELECT 1; CALL dsql_local.create_index($q$CREATE INDEX  i ON t (a) "
                           "$q$, $q$t $q$); SELECT 2"));
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

}  // namespace protocol_filter_test
