// SPDX-License-Identifier: Apache-2.0
#include "errors/value_free_error.hpp"

#include <dsql/error.hpp>
#include <dsql/limit_exceeded_error.hpp>
#include <dsql/occ_conflict.hpp>
#include <dsql/sql_text.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace value_free_error_test {

using dsql::detail::value_free_error;

constexpr const char* sql = "UPDATE \"t\" SET name = $1";

std::string shown_text(const char* state, const char* message,
                       const dsql::server_error_fields& names = {}) {
    dsql::server_error_fields fields = names;
    fields.severity = "ERROR";
    fields.sqlstate = state;
    fields.message = message;
    fields.detail = "Key (id)=(4) already exists.";
    fields.context = "unnamed portal parameter $1 = 'x'";
    fields.internal_query = "SELECT 'x'";
    const dsql::server_error whole(fields, sql);
    const value_free_error shown(whole);
    const auto& report = dynamic_cast<const dsql::server_error&>(shown.get());
    EXPECT_EQ(report.sqlstate(), state);
    EXPECT_EQ(report.query(), sql);
    EXPECT_EQ(report.fields().detail + report.fields().context + report.fields().internal_query,
              "");
    EXPECT_EQ(std::string(report.what()).find("DETAIL"), std::string::npos);
    return report.fields().message;
}

TEST(ValueFreeError, ShowsNoValueOfAServersMessage) {
    EXPECT_EQ(shown_text("22P02", "invalid input syntax for type integer: \"a\"b\""),
              "invalid input syntax for type integer: <value>");
    EXPECT_EQ(shown_text("22003", "value \"47\" is out of range for type integer"),
              "value <value> is out of range for type integer");
    EXPECT_EQ(shown_text("22021", "invalid byte sequence for encoding \"UTF8\": 0xff"),
              "invalid byte sequence for encoding <value>: <value>");
    EXPECT_EQ(shown_text("22P02", "bad: \"t\""), "bad: <value>");
    EXPECT_EQ(shown_text("42P01", "relation \"x\" does not exist"),
              "relation <value> does not exist");
    EXPECT_EQ(shown_text("42P01", "relation \"t\" does not exist"),
              "relation \"t\" does not exist");
    EXPECT_EQ(shown_text("42703", "column \"nam\" does not exist"),
              "column <value> does not exist");
    EXPECT_EQ(shown_text("23505", "unique constraint \"t_pkey\"", {.constraint_name = "t_pkey"}),
              "unique constraint \"t_pkey\"");
    EXPECT_EQ(shown_text("P0001", "an open \"quote"), "an open <value>");
    EXPECT_EQ(shown_text("P0001", "a \""), "a <value>");
    EXPECT_EQ(shown_text("P0001", "\"\""), "<value>");
    EXPECT_EQ(shown_text("P0001", ""), "");
}

TEST(ValueFreeError, KeepsTheClass) {
    const dsql::server_error_fields conflict{
        .sqlstate = "40001", .message = "OC000", .detail = "x"};
    const dsql::occ_conflict lost(conflict);
    EXPECT_NE(dynamic_cast<const dsql::occ_conflict*>(&value_free_error(lost).get()), nullptr);
    const dsql::limit_exceeded_error limit({.sqlstate = "54000", .message = "row limit"});
    EXPECT_NE(dynamic_cast<const dsql::limit_exceeded_error*>(&value_free_error(limit).get()),
              nullptr);
    const dsql::batch_error batch(
        dsql::server_error(conflict), 1,
        {dsql::statement_outcome::completed, dsql::statement_outcome::failed});
    const value_free_error shown(batch);
    const auto& copy = dynamic_cast<const dsql::batch_error&>(shown.get());
    EXPECT_EQ(copy.index(), 1U);
    EXPECT_EQ(copy.outcomes().size(), 2U);
    EXPECT_EQ(std::string(copy.what()).find("DETAIL"), std::string::npos) << copy.what();
    const dsql::timeout_error late("timed out");
    EXPECT_EQ(&value_free_error(late).get(), &late);
}

TEST(ValueFreeError, ShowsNoValueOfAConversion) {
    struct conversion {
        const char* text;
        const char* shown;
    };
    for (const conversion& one :
         {conversion{"parameter $1 (bigint): the value -47.5 does not fit",
                     "parameter $1 (bigint): the value <value> does not fit"},
          {"column \"a\" (uuid) as std::string: \"47\" is no UUID",
           "column \"a\" (uuid) as std::string: <value> is no UUID"},
          {"the label \"sad\" is none of good, bad", "the label <value> is none of good, bad"},
          {"the value 2026-01-02T03:04:05 is x1", "the value <value> is x1"},
          {"", ""}}) {
        const dsql::conversion_error whole(one.text);
        EXPECT_STREQ(value_free_error(whole).get().what(), one.shown);
    }
    dsql::conversion_error named("parameter $1 (int): the value 47 does not fit");
    dsql::detail::name_statement(named, dsql::sql_text(sql));
    const value_free_error shown(named);
    const auto& copy = dynamic_cast<const dsql::conversion_error&>(shown.get());
    EXPECT_EQ(copy.query(), sql);
    EXPECT_EQ(copy.where().line(), named.where().line());
    EXPECT_EQ(std::string(copy.what()).find("47"), std::string::npos) << copy.what();
}

}  // namespace value_free_error_test
