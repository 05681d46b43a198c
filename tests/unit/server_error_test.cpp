// SPDX-License-Identifier: Apache-2.0
// The texts of errors that the server reports.
#include <dsql/error.hpp>
#include <dsql/limit_exceeded_error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>

namespace server_error_test {

using dsql::batch_error;
using dsql::server_error;
using enum dsql::statement_outcome;

dsql::server_error_fields division_by_zero() {
    return {.sqlstate = "22012", .severity = "ERROR", .message = "division by zero"};
}

std::string text_for(std::string_view query) {
    return server_error(division_by_zero(), std::string(query)).what();
}

TEST(ServerError, ContainsTheServersMessage) {
    EXPECT_EQ(text_for(""), "ERROR 22012: division by zero");
    EXPECT_STREQ(server_error({.sqlstate = "23505",
                               .severity = "ERROR",
                               .message = "duplicate key",
                               .detail = "Key (id)=(1) already exists.",
                               .hint = "Take another.",
                               .position = "8"})
                     .what(),
                 "ERROR 23505: duplicate key DETAIL: Key (id)=(1) already exists. HINT: Take "
                 "another. (at character 8)");
}

TEST(ServerError, EachLimitHasAName) {
    std::set<std::string_view> names;
    const auto last = static_cast<int>(dsql::exceeded_limit::other);
    for (int limit = 0; limit <= last; ++limit) {
        names.insert(to_string(static_cast<dsql::exceeded_limit>(limit)));
    }
    EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
    EXPECT_EQ(to_string(dsql::exceeded_limit::transaction_rows), "rows of a transaction");
    EXPECT_EQ(to_string(dsql::exceeded_limit::other), "other");
}

TEST(ServerError, ContainsTheStatementAndTheSourceLocation) {
    const server_error failure(division_by_zero(), "SELECT 1/0",
                               dsql::source_location::current("a.cpp", "run", 12));
    EXPECT_STREQ(failure.what(),
                 "ERROR 22012: division by zero [statement: SELECT 1/0] [at a.cpp:12 in run]");
    EXPECT_EQ(failure.query(), "SELECT 1/0");
    EXPECT_EQ(failure.where().line(), 12U);
}

TEST(ServerError, ShowsTheStatementOnOneLineWithoutControlCharacters) {
    const std::string text = text_for("SELECT\n1\t/\r0 -- \x1b[31m\x7f\x01");
    EXPECT_NE(text.find("[statement: SELECT 1 / 0 --  [31m  ]"), std::string::npos) << text;
}

TEST(ServerError, TruncatesALongStatement) {
    const std::string longest(500, 'x');
    EXPECT_NE(text_for(longest).find(": " + longest + "]"), std::string::npos);
    EXPECT_NE(text_for(longest + "y").find(": " + longest + "...]"), std::string::npos);
    EXPECT_EQ(server_error(division_by_zero(), longest + "y").query(), longest + "y") << "whole";
}

TEST(ServerError, TruncatesBetweenCharacters) {
    for (const std::string_view character : {"\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x90\x98"}) {
        for (std::size_t inside = 0; inside < character.size(); ++inside) {
            std::string query(500 - inside, 'x');
            const std::string kept = query;
            query.append(character).append(100, 'y');
            EXPECT_NE(text_for(query).find(": " + kept + "...]"), std::string::npos) << inside;
        }
        std::string whole(500 - character.size(), 'x');
        whole += character;
        EXPECT_NE(text_for(whole + "y").find(": " + whole + "...]"), std::string::npos);
    }
}

TEST(ServerError, TruncatesInvalidUtf8) {
    const std::string text = text_for(std::string(1000, '\xbf'));
    EXPECT_GT(std::count(text.begin(), text.end(), '\xbf'), 490);
    EXPECT_NE(text.find("...]"), std::string::npos);
}

TEST(BatchError, TextCountsStatementsFromOne) {
    const batch_error failure(server_error(division_by_zero(), "SELECT 1/0"), 1,
                              {completed, failed, aborted});
    EXPECT_EQ(failure.index(), 1U);
    EXPECT_STREQ(failure.what(),
                 "statement 2 of 3 in the batch failed, those before it are undone and those "
                 "behind it were not run: ERROR 22012: division by zero [statement: SELECT 1/0]");
}

TEST(BatchError, OfAnUnavailableServerReportsAnUnknownOutcome) {
    const batch_error failure(
        server_error({.sqlstate = "XX000", .severity = "ERROR", .message = "server unavailable"}),
        0, {failed, aborted});
    EXPECT_STREQ(failure.what(),
                 "the batch of 2 statements was not answered, and may have been run or not: ERROR "
                 "XX000: server unavailable");
}

TEST(BatchError, OfACommitNamesNoStatement) {
    const batch_error failure(server_error(division_by_zero()), 2, {completed, completed});
    EXPECT_EQ(failure.index(), 2U);
    EXPECT_STREQ(failure.what(),
                 "the commit of the batch failed, and all its statements are undone: ERROR 22012: "
                 "division by zero");
}

}  // namespace server_error_test
