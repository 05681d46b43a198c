// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/login_parameters.hpp"

#include <dsql/error.hpp>

#include "pg/handle.hpp"
#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace login_parameters_test {

using dsql::pg::owned_handle;
using dsql::pg::start_login;

using option_list = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;

// Returns the variables of all parameters of the loaded libpq.
std::vector<std::string> variables_of_libpq() {
    const option_list options(PQconndefaults(), &PQconninfoFree);
    std::vector<std::string> variables;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->envvar != nullptr) {
            variables.emplace_back(option->envvar);
        }
    }
    return variables;
}

dsql::pg::login some_login() {
    return {.host = "cluster.invalid",
            .port = 1,  // nothing listens there, and the test does not wait for it
            .user = "app",
            .database = "it's a \\ database=1",
            .password = "token",
            .application_name = "test"};
}

// Returns all parameters that libpq uses for a login. An empty value counts as none, and so does
// 3.0, which is libpq's default for the versions of the protocol.
std::map<std::string, std::string> effective_parameters(const dsql::pg::login& target) {
    const owned_handle handle(start_login(target, "127.0.0.1", "/nonexistent/roots.pem"));
    EXPECT_NE(PQstatus(handle.get()), CONNECTION_BAD) << PQerrorMessage(handle.get());
    const option_list options(PQconninfo(handle.get()), &PQconninfoFree);
    std::map<std::string, std::string> parameters;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string value = option->val == nullptr ? "" : option->val;
        parameters[option->keyword] = value == "3.0" ? "" : value;
    }
    return parameters;
}

// Values that change a connection or make it fail if libpq uses them.
const std::vector<std::string>& hostile_values() {
    static const std::vector<std::string> values{"hostile", "1", "disable", "", "default"};
    return values;
}

TEST(LoginParameters, ComeFromTheLogin) {
    const auto parameters = effective_parameters(some_login());
    EXPECT_EQ(parameters.at("dbname"), "it's a \\ database=1");
    EXPECT_EQ(parameters.at("host"), "cluster.invalid");
    EXPECT_EQ(parameters.at("hostaddr"), "127.0.0.1");
    EXPECT_EQ(parameters.at("sslmode"), "verify-full");
    EXPECT_EQ(parameters.at("options"), "");
}

TEST(LoginParameters, NoVariableChangesOne) {
    ASSERT_GE(variables_of_libpq().size(), 20U);
    const auto expected = effective_parameters(some_login());
    for (const std::string& variable : variables_of_libpq()) {
        for (const std::string& value : hostile_values()) {
            SCOPED_TRACE(testing::Message() << variable << "=" << value);
            scoped_environment environment;
            environment.set(variable, value);
            try {
                EXPECT_EQ(effective_parameters(some_login()), expected);
            } catch (const dsql::config_error& refused) {
                EXPECT_EQ(variable, "PGSERVICE");
                EXPECT_NE(std::string(refused.what()).find(variable), std::string::npos);
            }
        }
    }
}

TEST(LoginParameters, NoVariableChangesTheSearchPathOfALogin) {
    scoped_environment environment;
    environment.set("PGOPTIONS", "-c search_path=hostile");
    dsql::pg::login target = some_login();
    target.search_path = "app";
    EXPECT_EQ(effective_parameters(target).at("options"), "-c search_path=app");
}

TEST(LoginParameters, ASearchPathIsOneOption) {
    dsql::pg::login target = some_login();
    target.search_path = "app, \"a \\ b\"";
    EXPECT_EQ(effective_parameters(target).at("options"), "-c search_path=app,\\ \"a\\ \\\\\\ b\"");
}

TEST(LoginParameters, TheClusterIdStandsBesideTheSearchPath) {
    scoped_environment environment;
    environment.set("PGOPTIONS", "-c amzn-cluster-id=hostile");
    dsql::pg::login target = some_login();
    target.cluster_id = "abc";
    EXPECT_EQ(effective_parameters(target).at("options"), "-c amzn-cluster-id=abc");
    target.search_path = "app";
    EXPECT_EQ(effective_parameters(target).at("options"),
              "-c amzn-cluster-id=abc -c search_path=app");
}

// libpq reads these variables apart from its parameters.
TEST(LoginParameters, VariablesThatNothingOverrulesAreErrors) {
    for (const auto& [variable, value] :
         std::map<std::string, std::string>{{"PGSERVICE", "production"}, {"PGGEQO", "off"}}) {
        scoped_environment environment;
        environment.set(variable, value);
        try {
            static_cast<void>(effective_parameters(some_login()));
            ADD_FAILURE() << variable << " is accepted";
        } catch (const dsql::config_error& refused) {
            EXPECT_NE(std::string(refused.what()).find(variable), std::string::npos);
        }
    }
}

TEST(LoginParameters, VariablesThatLibpqDoesNotUseAreNoErrors) {
    scoped_environment environment;
    environment.set("PGGEQO", "Default");
    environment.set("PGSERVICEFILE", "/nonexistent");
    environment.set("PGSYSCONFDIR", "/nonexistent");
    EXPECT_NO_THROW(static_cast<void>(effective_parameters(some_login())));
}

TEST(LoginParameters, TheEnvironmentIsNotChanged) {
    scoped_environment environment;
    for (const std::string& variable : variables_of_libpq()) {
        if (variable != "PGSERVICE") {
            environment.set(variable, "hostile");
        }
    }
    const auto snapshot = [] {
        std::vector<const char*> entries;
        for (char** entry = environ; *entry != nullptr; ++entry) {
            entries.push_back(*entry);
        }
        return entries;
    };
    const auto before = snapshot();
    static_cast<void>(effective_parameters(some_login()));
    EXPECT_EQ(snapshot(), before);
}

}  // namespace login_parameters_test
