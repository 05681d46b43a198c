// SPDX-License-Identifier: Apache-2.0
// The exact messages with which DSQL rejects connections and statements, and how the library
// classifies them. Sources: Aurora DSQL User Guide, "Troubleshooting", "Cluster quotas and database
// limits", "Concurrency control"; and messages observed from clusters in autumn 2026.
#include <dsql/limit_exceeded_error.hpp>
#include <dsql/occ_conflict.hpp>

#include "errors/classify_connect_error.hpp"
#include "errors/server_report.hpp"
#include "pg/connect/make_connect_error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dsql_error_messages_test {

using dsql::exceeded_limit;
using dsql::rejection_reason;

struct connect_case {
    const char* message;
    const char* hint;
    rejection_reason meaning;
    bool passes;
};

class ConnectRefusal : public testing::TestWithParam<connect_case> {};

// The message in the form in which libpq returns it.
dsql::connection_error refused(const connect_case& one) {
    std::string text =
        std::string("connection to server at \"x\", port 5432 failed: FATAL:  08006: ") +
        one.message;
    if (*one.hint != '\0') {
        text += std::string("\nHINT:  ") + one.hint;
    }
    const dsql::pg::server_refusal said = dsql::pg::parse_refusal(text + "\n");
    return {dsql::connection_phase::startup, text, said.message, said.hint};
}

TEST_P(ConnectRefusal, IsClassified) {
    const dsql::connection_error failure = refused(GetParam());
    EXPECT_EQ(failure.rejection(), GetParam().meaning) << failure.what();
    EXPECT_EQ(dsql::detail::is_transient_connect_failure(failure), GetParam().passes);
}

constexpr const char* denied = "unable to accept connection, access denied";

INSTANTIATE_TEST_SUITE_P(
    OfDsql, ConnectRefusal,
    testing::Values(
        connect_case{denied, "", rejection_reason::access_denied, false},
        connect_case{denied, "Signature expired: 20261001T000000Z is now earlier than ...",
                     rejection_reason::token_expired, false},
        connect_case{denied, "Wrong user to action mapping. user: admin, action: DbConnect",
                     rejection_reason::wrong_action, false},
        connect_case{denied, "Wrong user to action mapping. user: app, action: DbConnectAdmin",
                     rejection_reason::wrong_action, false},
        connect_case{
            denied,
            "User: arn:aws:iam::123456789012:user/a is not authorized to perform: "
            "dsql:DbConnectAdmin on resource: arn:aws:dsql:us-east-1:123456789012:cluster/x",
            rejection_reason::not_authorized, false},
        connect_case{denied,
                     "User: arn:aws:iam::123456789012:user/a is not authorized to access this "
                     "resource",
                     rejection_reason::not_authorized, false},
        connect_case{"IAM authentication failed for user \"admin\"", "",
                     rejection_reason::access_denied, false},
        connect_case{"unable to accept connection, sni was not received", "",
                     rejection_reason::server_name_missing, false},
        connect_case{"unable to accept connection, waking up cluster, please retry later", "",
                     rejection_reason::waking_up, true},
        connect_case{"Unable to accept connection, too many open connections.", "",
                     rejection_reason::too_many_connections, false},
        connect_case{"Unable to accept connection, rate exceeded.", "",
                     rejection_reason::rate_exceeded, true},
        connect_case{"setting configuration parameter \"statement_timeout\" not supported", "",
                     rejection_reason::parameter_not_supported, false},
        connect_case{"server unavailable", "", rejection_reason::server_unavailable, true},
        connect_case{"role \"nobody\" does not exist", "", rejection_reason::other, false}));

TEST(OtherConnectError, OtherMessagesAreUnclassified) {
    const dsql::connection_error failure(dsql::connection_phase::tcp, "Connection refused");
    EXPECT_EQ(failure.rejection(), rejection_reason::none);
}

struct limit_case {
    const char* sqlstate;
    const char* message;
    exceeded_limit meaning;
};

class LimitRefusal : public testing::TestWithParam<limit_case> {};

TEST_P(LimitRefusal, BecomesALimitExceededError) {
    try {
        dsql::detail::throw_server_error(
            {.sqlstate = GetParam().sqlstate, .severity = "ERROR", .message = GetParam().message},
            "INSERT", {});
    } catch (const dsql::limit_exceeded_error& failure) {
        EXPECT_EQ(failure.limit(), GetParam().meaning) << to_string(failure.limit());
        EXPECT_EQ(failure.query(), "INSERT");
        EXPECT_FALSE(dsql::is_occ_conflict(failure));
    }
}

INSTANTIATE_TEST_SUITE_P(
    OfDsql, LimitRefusal,
    testing::Values(
        limit_case{"54000", "transaction row limit exceeded", exceeded_limit::transaction_rows},
        limit_case{"54000", "transaction size limit 10mb exceeded",
                   exceeded_limit::transaction_size},
        limit_case{"54000", "transaction age limit of 300s exceeded",
                   exceeded_limit::transaction_age},
        limit_case{"53200", "query requires too much temp space, out of memory.",
                   exceeded_limit::query_memory},
        limit_case{"54000", "query requires more than allowed temp space of 131072 KB to execute",
                   exceeded_limit::query_memory},
        limit_case{"54000", "maximum row size exceeded", exceeded_limit::row_size},
        limit_case{"54000", "maximum column size exceeded", exceeded_limit::column_size},
        limit_case{"54000", "datatype limit greater than 1048576 bytes not supported for text",
                   exceeded_limit::column_size},
        limit_case{"54000", "key size too large", exceeded_limit::key_size},
        limit_case{"54000", "key size greater than 2000 bytes not supported",
                   exceeded_limit::key_size},
        limit_case{"54011", "more than 8 column keys in an index are not supported",
                   exceeded_limit::schema_objects},
        limit_case{"54011", "tables can have at most 255 columns", exceeded_limit::schema_objects},
        limit_case{"54000", "more than 24 indexes per table are not allowed",
                   exceeded_limit::schema_objects},
        limit_case{"54000", "more than 5 extended statistics per table are not allowed",
                   exceeded_limit::schema_objects},
        limit_case{"54000", "more than 10 schemas not allowed", exceeded_limit::schema_objects},
        limit_case{"54000", "creating more than 1000 tables not allowed",
                   exceeded_limit::schema_objects},
        limit_case{"53100", "Current cluster size exceeds cluster size limit.",
                   exceeded_limit::storage},
        limit_case{"54001", "stack depth limit exceeded", exceeded_limit::other}));

TEST(ServerRefusal, OfAConflictBecomesAnOccConflict) {
    EXPECT_THROW(dsql::detail::throw_server_error(
                     {.sqlstate = "40001",
                      .message = "schema has been updated by another transaction (OC001)"},
                     "", {}),
                 dsql::occ_conflict);
}

TEST(ServerRefusal, OfAnythingElseIsAPlainServerError) {
    try {
        dsql::detail::throw_server_error({.sqlstate = "08P01", .message = "invalid message length"},
                                         "", {});
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(typeid(failure), typeid(dsql::server_error));
    }
}

}  // namespace dsql_error_messages_test
