// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/command.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace environment_test {

constexpr const char* success =
    "Connection pool with concurrent connections exercised successfully\n";

// Sets variables that redirect, weaken or break a connection of plain libpq. The last two only
// choose settings of the session.
void set_hostile_variables(scoped_environment& environment) {
    environment.set("PGSSLMODE", "disable");
    environment.set("PGHOSTADDR", "127.0.0.9");
    environment.set("PGHOST", "nosuch.invalid");
    environment.set("PGPORT", "1");
    environment.set("PGUSER", "nobody");
    environment.set("PGDATABASE", "nosuch");
    environment.set("PGPASSWORD", "x");
    environment.set("PGOPTIONS", "-c geqo=off");
    environment.set("PGSSLROOTCERT", "/nonexistent");
    environment.set("PGREQUIREAUTH", "none");
    environment.set("PGSSLNEGOTIATION", "postgres");
    environment.set("PGCONNECT_TIMEOUT", "x");
    environment.set("PGTARGETSESSIONATTRS", "standby");
    environment.set("PGTZ", "Europe/Oslo");
    environment.set("PGDATESTYLE", "German");
}

// Returns the variables of all parameters of the loaded libpq.
std::vector<std::string> variables_of_libpq() {
    const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(PQconndefaults(),
                                                                                 &PQconninfoFree);
    std::vector<std::string> variables;
    for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
        if (option->envvar != nullptr) {
            variables.emplace_back(option->envvar);
        }
    }
    return variables;
}

TEST(Environment, PgVariablesNeitherRedirectNorWeaken) {
    scoped_environment environment;
    set_hostile_variables(environment);
    dsql::connection session = dsql::connect(endpoint_under_test());
    EXPECT_EQ(session.query_value<std::string>("SELECT current_user"), "admin");
    EXPECT_EQ(session.query_value<std::string>("SHOW geqo"), "on");
    EXPECT_NE(PQsslInUse(session.native_handle()), 0);
}

TEST(Environment, NoVariableOfLibpqBreaksALogin) {
    for (const std::string& variable : variables_of_libpq()) {
        SCOPED_TRACE(variable);
        scoped_environment environment;
        environment.set(variable, "hostile");
        if (variable == "PGSERVICE") {
            EXPECT_THROW(dsql::pool pool(endpoint_under_test()), dsql::config_error);
        } else {
            EXPECT_NO_THROW(static_cast<void>(dsql::connect(endpoint_under_test())));
        }
    }
}

// libpq sends these two whatever its parameters are. Values are binary, or text that means the same
// under every setting.
TEST(Environment, TimeZoneAndDateStyleChangeNoValue) {
    scoped_environment environment;
    environment.set("PGTZ", "Europe/Oslo");
    environment.set("PGDATESTYLE", "German");
    dsql::connection session = dsql::connect(endpoint_under_test());
    EXPECT_EQ(session.query_value<std::string>("SHOW timezone"), "Europe/Oslo");
    using moment_type = std::chrono::sys_time<std::chrono::microseconds>;
    const moment_type moment = std::chrono::sys_days(std::chrono::year(2026) / 2 / 1) +
                               std::chrono::hours(3) + std::chrono::microseconds(4);
    const std::chrono::year_month_day day = std::chrono::year(2026) / 2 / 1;
    EXPECT_EQ(session.query_value<moment_type>("SELECT $1::timestamptz", moment), moment);
    EXPECT_EQ(session.query_value<std::chrono::year_month_day>("SELECT $1::date", day), day);
    session.execute("CREATE TABLE environment_times (at timestamptz PRIMARY KEY, day date)");
    for (const dsql::copy_format format : {dsql::copy_format::text, dsql::copy_format::binary}) {
        dsql::copy_writer copying =
            session.copy_in({.table = "environment_times", .format = format});
        copying.row(moment, day);
        copying.finish();
        EXPECT_EQ(session.query_value<bool>(
                      "SELECT at = '2026-02-01 03:00:00.000004+00' AND day = '2026-02-01' "
                      "FROM environment_times"),
                  true);
        session.execute("DELETE FROM environment_times");
    }
    session.execute("DROP TABLE environment_times");
}

TEST(Environment, VariablesThatNothingOverrulesAreErrors) {
    for (const char* variable : {"PGSERVICE", "PGGEQO"}) {
        scoped_environment environment;
        environment.set(variable, "nosuch");
        try {
            static_cast<void>(dsql::connect(endpoint_under_test()));
            ADD_FAILURE() << variable << " is accepted";
        } catch (const dsql::config_error& refused) {
            EXPECT_NE(std::string(refused.what()).find(variable), std::string::npos);
        }
        EXPECT_STREQ(std::getenv(variable), "nosuch") << "the environment was changed";
    }
}

TEST(Environment, TheExampleWorksUnderHostileVariables) {
    scoped_environment environment;
    set_hostile_variables(environment);
    const command_result result = run_command(DSQL_EXAMPLE_PREFERRED);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_NE(result.output.find(success), std::string::npos) << result.output;
}

TEST(Environment, TheExampleShowsEightResults) {
    const command_result result = run_command(DSQL_EXAMPLE_PREFERRED);
    ASSERT_EQ(result.status, 0) << result.errors;
    for (int worker = 1; worker <= 8; ++worker) {
        const std::string number = std::to_string(worker);
        EXPECT_NE(result.output.find("worker " + number + " result: " + number + "\n"),
                  std::string::npos)
            << result.output;
    }
    EXPECT_TRUE(result.output.ends_with(success));
}

// A home directory whose libpq files would send the connection elsewhere or stop it.
class hostile_home {
public:
    hostile_home() {
        std::filesystem::create_directories(path_ / ".postgresql");
        write(".pg_service.conf", "[nosuch]\nhost=nosuch.invalid\nsslmode=disable\n");
        write(".pgpass", "*:*:*:*:x\n");
        std::filesystem::permissions(path_ / ".pgpass", std::filesystem::perms(0600));
        write(".postgresql/root.crt", "not a certificate\n");
        write(".postgresql/root.crl", "not a list\n");
        write(".postgresql/postgresql.crt", "not a certificate\n");
        write(".postgresql/postgresql.key", "not a key\n");
    }
    ~hostile_home() { std::filesystem::remove_all(path_); }
    hostile_home(const hostile_home&) = delete;
    hostile_home& operator=(const hostile_home&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    void write(const char* name, const char* content) const {
        std::ofstream(path_ / name) << content;
    }

    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("dsql-home-" + std::to_string(getpid()));
};

TEST(Environment, FilesOfLibpqHaveNoEffect) {
    const hostile_home home;
    scoped_environment environment;
    environment.set("HOME", home.path());
    const command_result result = run_command(DSQL_EXAMPLE_PREFERRED);
    EXPECT_EQ(result.status, 0) << result.errors;
}

TEST(Environment, TheExampleNamesAMissingVariable) {
    const command_result result = run_command("env -u CLUSTER_ENDPOINT " DSQL_EXAMPLE_PREFERRED);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.errors.find("host is missing"), std::string::npos) << result.errors;
}

}  // namespace environment_test
