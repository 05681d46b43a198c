// SPDX-License-Identifier: Apache-2.0
// The two functions of the base class `error`: whether the connection is lost, and whether a
// statement may have run.
#include <dsql/error.hpp>
#include <dsql/limit_exceeded_error.hpp>
#include <dsql/occ_conflict.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>

namespace error_properties_test {

struct expectation {
    const char* name;
    std::function<void()> fail;
    bool connection_lost;
    bool statement_may_have_run;

    friend std::ostream& operator<<(std::ostream& out, const expectation& of) {
        return out << of.name;
    }
};

dsql::server_error reported(const char* sqlstate, const char* severity, const char* message = "") {
    return dsql::server_error({.sqlstate = sqlstate, .severity = severity, .message = message});
}

const expectation expectations[] = {
    {"config_error", [] { throw dsql::config_error(""); }, false, false},
    {"credentials_error", [] { throw dsql::credentials_error(""); }, false, false},
    {"no_connection", [] { throw dsql::connection_error(dsql::connection_phase::tls, "no"); }, true,
     false},
    {"broken_before_it_was_sent", [] { throw dsql::connection_error("", false); }, true, false},
    {"broken_under_way", [] { throw dsql::connection_error("", true); }, true, true},
    {"refused", [] { throw reported("42601", "ERROR"); }, false, false},
    {"shut_down", [] { throw reported("57P01", "FATAL"); }, true, true},
    {"crashed", [] { throw reported("XX000", "PANIC"); }, true, true},
    {"unavailable", [] { throw reported("XX000", "ERROR", "server unavailable"); }, false, true},
    {"internal", [] { throw reported("XX000", "ERROR", "cache lookup failed"); }, false, false},
    {"batch", [] { throw dsql::batch_error(reported("57P01", "FATAL"), 0, {}); }, true, true},
    {"timeout_before", [] { throw dsql::timeout_error(""); }, false, false},
    {"timeout_under_way", [] { throw dsql::timeout_error("", true); }, true, true},
    {"stopped_before", [] { throw dsql::cancelled_error(""); }, false, false},
    {"stopped_under_way", [] { throw dsql::cancelled_error("", true); }, true, true},
    {"rolled_back", [] { throw dsql::transaction_rolled_back_error(""); }, false, false},
    {"unknown_commit", [] { throw dsql::commit_unknown_error(""); }, true, true},
    {"unknown_commit_unavailable", [] { throw dsql::commit_unknown_error("", false); }, false,
     true},
    {"pool_closed", [] { throw dsql::pool_closed_error(""); }, false, false},
    {"conversion", [] { throw dsql::conversion_error(""); }, false, false},
};

class ErrorProperties : public testing::TestWithParam<expectation> {};

TEST_P(ErrorProperties, AreReportedByTheBaseClass) {
    try {
        GetParam().fail();
    } catch (const dsql::error& failure) {
        EXPECT_EQ(failure.connection_lost(), GetParam().connection_lost);
        EXPECT_EQ(failure.statement_may_have_run(), GetParam().statement_may_have_run);
        return;
    }
    FAIL() << "nothing was thrown";
}

INSTANTIATE_TEST_SUITE_P(Of, ErrorProperties, testing::ValuesIn(expectations),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace error_properties_test
