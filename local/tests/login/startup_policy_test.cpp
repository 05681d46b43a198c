// SPDX-License-Identifier: Apache-2.0
#include "login/startup_policy.hpp"

#include "wire/messages.hpp"

#include <gtest/gtest.h>

namespace startup_policy_test {

using namespace dsql_local;

wire::startup_parameters admit(wire::startup_parameters parameters) {
    parameters.insert(parameters.begin(), {"user", "app"});
    wire::startup_parameters admitted = admit_startup({.parameters = parameters}).parameters;
    EXPECT_EQ(admitted.at(0), parameters.front());
    EXPECT_EQ(admitted.at(1), (wire::startup_parameters::value_type{"database", "app"}));
    admitted.erase(admitted.begin(), admitted.begin() + 2);
    return admitted;
}

std::string refused_with(const wire::startup_parameters& parameters) {
    try {
        admit(parameters);
    } catch (const wire::login_error& error) {
        EXPECT_EQ(error.response().sqlstate, "0A000");
        return error.response().message;
    }
    return "";
}

std::string not_supported(const std::string& name) {
    return "setting configuration parameter \"" + name + "\" not supported";
}

TEST(startup_policy, forwards_what_dsql_allows) {
    for (const char* name :
         {"application_name", "client_encoding", "datestyle", "extra_float_digits", "intervalstyle",
          "timezone", "search_path", "enable_bitmapscan", "enable_hashjoin", "enable_indexonlyscan",
          "enable_indexscan", "enable_material", "enable_mergejoin", "enable_nestloop",
          "enable_seqscan", "DateStyle", "TimeZone"}) {
        EXPECT_EQ(admit({{name, "x"}}), (wire::startup_parameters{{name, "x"}})) << name;
    }
}

TEST(startup_policy, refuses_everything_else) {
    for (const char* name : {"statement_timeout", "default_transaction_read_only", "geqo",
                             "replication", "work_mem", "dsql_local.sni", "pq_", "role_"}) {
        EXPECT_EQ(refused_with({{name, "x"}}), not_supported(name)) << name;
    }
}

TEST(startup_policy, checks_the_settings_of_dsql) {
    EXPECT_EQ(admit({{"dsql.enable_batched_nestloop", "off"}}).size(), 1U);
    EXPECT_EQ(admit({{"disable_sync_create_index", "off"}}), wire::startup_parameters{});
    const auto sqlstate_of = [](const std::string& name) -> std::string {
        try {
            admit({{name, "x"}});
        } catch (const wire::login_error& error) {
            return error.response().sqlstate;
        }
        return "";
    };
    EXPECT_EQ(sqlstate_of("dsql.enable_batched_nestloop"), "22023");
    EXPECT_EQ(sqlstate_of("dsql.other"), "42602");
}

TEST(startup_policy, the_dialect_of_postgres_takes_everything) {
    const wire::startup_parameters given{{"user", "app"},
                                         {"work_mem", "1MB"},
                                         {"options", "-d 5"},
                                         {"amzn-cluster-id", "abc"},
                                         {"options", "-c amzn-cluster-id=a -c geqo=off"}};
    const wire::startup_parameters expected{{"user", "app"},
                                            {"database", "app"},
                                            {"work_mem", "1MB"},
                                            {"options", "-d 5"},
                                            {"options", "-c geqo=off"}};
    EXPECT_EQ(admit_startup({.parameters = given}, sql_dialect::postgres).parameters, expected);
}

TEST(startup_policy, drops_what_means_something_to_dsql_alone) {
    EXPECT_EQ(admit({{"amzn-cluster-id", "abc"}}), wire::startup_parameters{});
    EXPECT_EQ(admit({{"options", "-c amzn-cluster-id=abc"}}), wire::startup_parameters{});
    EXPECT_EQ(admit({{"options", " \t "}}), wire::startup_parameters{});
    EXPECT_EQ(admit({{"_pq_.some_extension", "x"}}), wire::startup_parameters{});
}

TEST(startup_policy, looks_into_options) {
    EXPECT_EQ(admit({{"options", "-c search_path=a,b --TimeZone=UTC -cenable-seqscan=off"}}),
              (wire::startup_parameters{
                  {"options", "-c search_path=a,b -c TimeZone=UTC -c enable-seqscan=off"}}));
    EXPECT_EQ(admit({{"options", R"(-c amzn-cluster-id=x -c application_name=a\ b\\c)"}}),
              (wire::startup_parameters{{"options", R"(-c application_name=a\ b\\c)"}}));
    EXPECT_EQ(refused_with({{"options", "-c search_path=x -c statement_timeout=5"}}),
              not_supported("statement_timeout"));
    EXPECT_EQ(refused_with({{"options", R"(-c search_path=x\ -c -c work_mem=5)"}}),
              not_supported("work_mem"));
}

TEST(startup_policy, refuses_options_that_are_no_settings) {
    for (const char* text : {"-d 5", "-c", "-c search_path", "-c =x", "--", "x=y", "-e"}) {
        EXPECT_EQ(refused_with({{"options", text}}), not_supported("options")) << text;
    }
}

TEST(startup_policy, needs_a_user) {
    try {
        admit_startup({.parameters = {{"database", "postgres"}}});
        FAIL() << "admitted";
    } catch (const wire::login_error& error) {
        EXPECT_EQ(error.response().sqlstate, "28000");
    }
}

TEST(startup_policy, a_user_named_twice_is_forwarded_once) {
    const admitted_startup admitted =
        admit_startup({.parameters = {{"user", "app"}, {"user", "admin"}}});
    EXPECT_EQ(admitted.user, "admin");
    EXPECT_EQ(admitted.parameters,
              (wire::startup_parameters{{"user", "admin"}, {"database", "admin"}}));
}

TEST(startup_policy, the_database_is_the_last_one_named_or_that_of_the_users_name) {
    const auto database = [](wire::startup_parameters parameters) {
        parameters.insert(parameters.begin(), {"user", "app"});
        const admitted_startup admitted = admit_startup({.parameters = parameters});
        EXPECT_EQ(admitted.parameters,
                  (wire::startup_parameters{{"user", "app"}, {"database", admitted.database}}));
        return admitted.database;
    };
    EXPECT_EQ(database({{"database", "postgres"}}), "postgres");
    EXPECT_EQ(database({{"database", "postgres"}, {"database", "template1"}}), "template1");
    EXPECT_EQ(database({}), "app");
    EXPECT_EQ(database({{"database", ""}}), "app");
}

}  // namespace startup_policy_test
