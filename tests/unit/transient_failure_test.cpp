// SPDX-License-Identifier: Apache-2.0
#include "errors/classify_connect_error.hpp"

#include <gtest/gtest.h>
#include <netdb.h>

#include <cerrno>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace transient_failure_test {

using dsql::connection_cause;
using dsql::connection_error;
using dsql::connection_phase;
using dsql::detail::is_expired_token;
using dsql::detail::is_quota_refusal;
using dsql::detail::is_retried_by_pool;
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
    EXPECT_TRUE(is_transient_connect_failure(connection_error(
        connection_phase::startup, "connecting failed",
        connection_cause{.server_message = "das Datenbanksystem startet", .sqlstate = "57P03"})));
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
    // The text must not matter, because libpq and the C library translate theirs.
    const auto failed = [](connection_phase phase, std::error_code code) {
        const connection_error failure(phase, "Verbindungsaufbau fehlgeschlagen",
                                       connection_cause{.code = code});
        EXPECT_EQ(failure.code(), code);
        EXPECT_EQ(is_transient_connect_failure(failure), failure.is_transient());
        return failure.is_transient();
    };
    const auto system = [](int code) {
        return std::error_code(code, std::system_category());
    };
    const auto lookup = [](int code) {
        return std::error_code(code, dsql::address_lookup_category());
    };
    EXPECT_TRUE(failed(connection_phase::tcp, system(ECONNREFUSED)));
    EXPECT_TRUE(failed(connection_phase::startup, {}));
    EXPECT_TRUE(failed(connection_phase::tls, system(ECONNRESET)));
    EXPECT_TRUE(failed(connection_phase::tls, system(EMFILE)));
    EXPECT_FALSE(failed(connection_phase::tls, {}));  // a verdict: a certificate, a version
    EXPECT_TRUE(failed(connection_phase::resolve, lookup(EAI_AGAIN)));
    EXPECT_TRUE(failed(connection_phase::resolve, lookup(EAI_MEMORY)));
    EXPECT_TRUE(failed(connection_phase::resolve, system(EMFILE)));
    EXPECT_TRUE(failed(connection_phase::resolve, system(EAGAIN)));  // no thread
    EXPECT_FALSE(failed(connection_phase::resolve, lookup(EAI_NONAME)));
    EXPECT_FALSE(failed(connection_phase::resolve, system(EINVAL)));
    EXPECT_TRUE(is_transient_connect_failure(dsql::timeout_error("timed out")));
}

TEST(TransientFailure, OtherExceptionsArePermanent) {
    EXPECT_FALSE(is_transient_connect_failure(dsql::config_error("host is empty")));
    EXPECT_FALSE(is_transient_connect_failure(dsql::credentials_error("none")));
    EXPECT_FALSE(is_transient_connect_failure(std::runtime_error("of a hook")));
    EXPECT_FALSE(is_transient_connect_failure(dsql::cancelled_error("stopped")));
}

TEST(TransientFailure, APoolAlsoRetriesWhatOtherProcessesMayEnd) {
    const connection_error full =
        server_rejection("Unable to accept connection, too many open connections.");
    EXPECT_FALSE(is_transient_connect_failure(full));
    EXPECT_TRUE(is_retried_by_pool(full));
    EXPECT_TRUE(is_retried_by_pool(dsql::timeout_error("timed out")));
    EXPECT_FALSE(
        is_retried_by_pool(server_rejection("unable to accept connection, access denied")));
    EXPECT_FALSE(is_retried_by_pool(std::runtime_error("of a hook")));
}

TEST(TransientFailure, RecognizesTheQuotasAndAnExpiredToken) {
    EXPECT_TRUE(is_quota_refusal(server_rejection("Unable to accept connection, rate exceeded.")));
    EXPECT_TRUE(is_quota_refusal(
        server_rejection("Unable to accept connection, too many open connections.")));
    EXPECT_FALSE(is_quota_refusal(server_rejection("unable to accept connection, access denied")));
    const connection_error expired(connection_phase::auth, "connecting failed", "access denied",
                                   "Signature expired: 20261124T000000Z is now earlier than ...");
    EXPECT_TRUE(is_expired_token(expired));
    const connection_error other(connection_phase::auth, "connecting failed", "access denied",
                                 "The signature does not match.");
    EXPECT_FALSE(is_expired_token(other));
}

TEST(TransientFailure, AServerThatIsNotTrustedIsPermanent) {
    using enum dsql::distrust_reason;
    std::set<std::string_view> names{to_string(none)};
    for (const auto reason :
         {certificate_expired, certificate_not_yet_valid, certificate_wrong_host,
          certificate_unknown_authority, certificate_invalid, authentication}) {
        for (const auto phase : {connection_phase::tls, connection_phase::auth}) {
            const connection_error failure(
                phase, "connecting failed",
                connection_cause{.code = std::make_error_code(std::errc::connection_reset),
                                 .distrust = reason});
            EXPECT_FALSE(failure.is_transient());
            EXPECT_FALSE(is_transient_connect_failure(failure));
            EXPECT_EQ(failure.rejection(), dsql::rejection_reason::none);
        }
        EXPECT_TRUE(names.insert(to_string(reason)).second) << to_string(reason);
    }
}

}  // namespace transient_failure_test
