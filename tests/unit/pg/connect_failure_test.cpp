// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "pg/connect/make_connect_error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace connect_failure_test {

using dsql::pg::parse_refusal;
using dsql::pg::server_refusal;

TEST(ConnectFailure, SeparatesTheServersSqlstateMessageAndHint) {
    const server_refusal parsed = parse_refusal(
        "connection to server at \"h\" (127.0.0.1), port 5432 failed: FATAL:  08006: unable to "
        "accept connection, access denied\nHINT:  Signature expired: now\nsecond line\n"
        "LOCATION:  login, auth.c:1\n");
    EXPECT_EQ(parsed.sqlstate, "08006");
    EXPECT_EQ(parsed.message, "unable to accept connection, access denied");
    EXPECT_EQ(parsed.hint, "Signature expired: now\nsecond line");
}

TEST(ConnectFailure, TheHintIsOptional) {
    const server_refusal parsed =
        parse_refusal("... failed: FATAL:  53400: Unable to accept connection, rate exceeded.\n");
    EXPECT_EQ(parsed.sqlstate, "53400");
    EXPECT_EQ(parsed.message, "Unable to accept connection, rate exceeded.");
    EXPECT_EQ(parsed.hint, "");
}

// libpq 15 in German and French, servers in German and Japanese.
TEST(ConnectFailure, FindsTheSqlstateInEveryLanguage) {
    for (const char* text :
         {"Verbindung zum Server auf »h« (127.0.0.1), Port 5432 fehlgeschlagen: FATAL:  57P03: das "
          "Datenbanksystem startet\nORT:  ProcessStartupPacket, postmaster.c:2406\n",
          "la connexion au serveur sur « h », port 5432 a échoué : FATAL:  57P03: le système de "
          "bases de données se lance\nLOCATION:  f, postmaster.c:2406\n",
          "... failed: 致命的エラー:  57P03: データベースシステムは起動処理中です\n"}) {
        const server_refusal parsed = parse_refusal(text);
        EXPECT_EQ(parsed.sqlstate, "57P03") << text;
        EXPECT_FALSE(parsed.message.empty()) << text;
        EXPECT_EQ(parsed.message.find('\n'), std::string::npos) << text;
        const dsql::connection_error failure(
            dsql::connection_phase::startup, text,
            dsql::connection_cause{.server_message = parsed.message, .sqlstate = parsed.sqlstate});
        EXPECT_TRUE(failure.is_transient()) << text;
    }
}

TEST(ConnectFailure, AServerOfTheOldProtocolGivesNoSqlstate) {
    const server_refusal parsed = parse_refusal("FATAL:  unsupported frontend protocol\n");
    EXPECT_EQ(parsed.sqlstate, "");
    EXPECT_EQ(parsed.message, "unsupported frontend protocol");
}

// Where the severity is not, it is a name that a certificate or a server has.
TEST(ConnectFailure, OnlyTheBeginningIsTheServers) {
    for (const char* text :
         {"connection to server at \"h\" (127.0.0.1), port 5432 failed: server certificate for "
          "\"FATAL:  53400: rate exceeded\" does not match host name \"h\"\n",
          "... failed: server certificate for \"x: FATAL:  53400: rate exceeded\"\n",
          "... failed: could not: look up FATAL:  53400: rate exceeded\n",
          "... failed: SSL error\nFATAL:  53400: rate exceeded\nHINT:  none\n",
          "... failed: SSL error: FATAL: 53400: rate exceeded\n"}) {
        const server_refusal parsed = parse_refusal(text);
        EXPECT_EQ(parsed.sqlstate, "") << text;
        EXPECT_EQ(parsed.message, "") << text;
        EXPECT_EQ(parsed.hint, "") << text;
    }
}

TEST(ConnectFailure, AMessageThatLooksLikeAnotherIsReadToItsEnd) {
    const server_refusal parsed =
        parse_refusal("... failed: FATAL:  08006: no: FATAL:  53400: rate exceeded\n");
    EXPECT_EQ(parsed.sqlstate, "08006");
    EXPECT_EQ(parsed.message, "no: FATAL:  53400: rate exceeded");
}

TEST(ConnectFailure, AllocationsThatFailedAreToldFromTheText) {
    const std::string at = "connection to server at \"127.0.0.1\", port 5432 failed: ";
    for (const char* text : {"SSL error: malloc failure\n", "out of memory\n",
                             "could not create SSL context: malloc failure\n"}) {
        EXPECT_TRUE(dsql::pg::says_memory_is_short(at + text)) << text;
    }
    for (const char* text :
         {"", "SSL error: certificate verify failed\n",
          "server certificate for \"out of memory\" does not match host name\n"}) {
        EXPECT_FALSE(dsql::pg::says_memory_is_short(at + text)) << text;
    }
}

TEST(ConnectFailure, MessagesOfLibpqAreNotTheServers) {
    const server_refusal parsed = parse_refusal(
        "connection to server at \"h\" failed: Connection refused\n\tIs the server "
        "running on that host and accepting TCP/IP connections?\n");
    EXPECT_EQ(parsed.message, "");
    EXPECT_EQ(parsed.hint, "");
}

}  // namespace connect_failure_test
