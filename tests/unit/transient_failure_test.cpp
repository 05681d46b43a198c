// SPDX-License-Identifier: Apache-2.0
#include "errors/connect_error.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace transient_failure_test {

using dsql::connection_error;
using dsql::connection_phase;
using dsql::detail::is_expired_token;
using dsql::detail::is_rate_exceeded;
using dsql::detail::is_transient_connect_failure;

connection_error server_rejection(const std::string& server_message, const std::string& hint = {}) {
    return {connection_phase::startup, "connecting failed", server_message, hint};
}

// The messages come from DSQL and from PostgreSQL 15.
TEST(TransientFailure, TransientMessagesOfServers) {
    EXPECT_TRUE(is_transient_connect_failure(
        server_rejection("Unable to accept connection, rate exceeded.")));
    EXPECT_TRUE(is_transient_connect_failure(
        server_rejection("unable to accept connection, waking up cluster, please retry later")));
    EXPECT_TRUE(
        is_transient_connect_failure(server_rejection("the database system is starting up")));
    EXPECT_TRUE(
        is_transient_connect_failure(server_rejection("the database system is shutting down")));
    EXPECT_TRUE(
        is_transient_connect_failure(server_rejection("the database system is in recovery mode")));
}

TEST(TransientFailure, PermanentMessagesOfServers) {
    EXPECT_FALSE(is_transient_connect_failure(
        server_rejection("unable to accept connection, access denied", "Signature expired: 2026")));
    EXPECT_FALSE(is_transient_connect_failure(
        server_rejection("Unable to accept connection, too many open connections.")));
    EXPECT_FALSE(is_transient_connect_failure(
        server_rejection("unable to accept connection, sni was not received")));
    EXPECT_FALSE(is_transient_connect_failure(
        server_rejection("setting configuration parameter \"statement_timeout\" not supported")));
    EXPECT_FALSE(is_transient_connect_failure(server_rejection("role \"nobody\" does not exist")));
}

TEST(TransientFailure, NetworkTlsAndResolverErrors) {
    const auto failed = [](connection_phase phase, const std::string& text) {
        return is_transient_connect_failure(connection_error(phase, text));
    };
    EXPECT_TRUE(failed(connection_phase::tcp, "Connection refused"));
    EXPECT_TRUE(failed(connection_phase::startup, "server closed the connection unexpectedly"));
    EXPECT_TRUE(failed(connection_phase::tls, "SSL SYSCALL error: EOF detected"));
    EXPECT_TRUE(failed(connection_phase::tls, "no file descriptor is left: Too many open files"));
    EXPECT_TRUE(failed(connection_phase::tls, "SSL error: unexpected eof while reading"));
    EXPECT_FALSE(failed(connection_phase::tls, "SSL error: certificate verify failed"));
    EXPECT_FALSE(failed(connection_phase::tls, "SSL error: wrong version number"));
    EXPECT_TRUE(failed(connection_phase::resolve, "Temporary failure in name resolution"));
    EXPECT_FALSE(failed(connection_phase::resolve, "Name or service not known"));
    EXPECT_TRUE(is_transient_connect_failure(dsql::timeout_error("timed out")));
}

TEST(TransientFailure, OtherExceptionsArePermanent) {
    EXPECT_FALSE(is_transient_connect_failure(dsql::config_error("host is empty")));
    EXPECT_FALSE(is_transient_connect_failure(dsql::credentials_error("none")));
    EXPECT_FALSE(is_transient_connect_failure(std::runtime_error("of a hook")));
    EXPECT_FALSE(is_transient_connect_failure(dsql::cancelled_error("stopped")));
}

TEST(TransientFailure, RecognizesTheRateLimitAndAnExpiredToken) {
    EXPECT_TRUE(is_rate_exceeded(server_rejection("Unable to accept connection, rate exceeded.")));
    EXPECT_FALSE(is_rate_exceeded(server_rejection("unable to accept connection, access denied")));
    const connection_error expired(connection_phase::auth, "connecting failed", "access denied",
                                   "Signature expired: 20261124T000000Z is now earlier than ...");
    EXPECT_TRUE(is_expired_token(expired));
    const connection_error other(connection_phase::auth, "connecting failed", "access denied",
                                 "The signature does not match.");
    EXPECT_FALSE(is_expired_token(other));
}

}  // namespace transient_failure_test
