// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/command.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace environment_test {

constexpr const char* success =
    "Connection pool with concurrent connections exercised successfully\n";

// Each of these redirects, weakens or breaks a connection of plain libpq.
void set_hostile_variables(scoped_environment& environment) {
    environment.set("PGSSLMODE", "disable");
    environment.set("PGHOSTADDR", "127.0.0.9");
    environment.set("PGHOST", "nosuch.invalid");
    environment.set("PGPORT", "1");
    environment.set("PGUSER", "nobody");
    environment.set("PGDATABASE", "nosuch");
    environment.set("PGPASSWORD", "x");
    environment.set("PGOPTIONS", "-c geqo=off");
    environment.set("PGSERVICE", "nosuch");
    environment.set("PGGEQO", "off");
    environment.set("PGTZ", "Europe/Oslo");
    environment.set("PGDATESTYLE", "German");
    environment.set("PGSSLROOTCERT", "/nonexistent");
    environment.set("PGREQUIREAUTH", "none");
    environment.set("PGSSLNEGOTIATION", "postgres");
    environment.set("PGCONNECT_TIMEOUT", "x");
    environment.set("PGTARGETSESSIONATTRS", "standby");
}

TEST(Environment, PgVariablesHaveNoEffect) {
    scoped_environment environment;
    set_hostile_variables(environment);
    dsql::connection session = dsql::connect(endpoint_under_test());
    EXPECT_EQ(session.query_value<std::string>("SELECT current_user"), "admin");
    EXPECT_NE(session.query_value<std::string>("SHOW timezone"), "Europe/Oslo");
    EXPECT_STREQ(std::getenv("PGSERVICE"), "nosuch") << "and none is changed for the program";
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
    environment.set("PGSERVICE", "nosuch");
    const command_result result = run_command(DSQL_EXAMPLE_PREFERRED);
    EXPECT_EQ(result.status, 0) << result.errors;
}

TEST(Environment, TheExampleNamesAMissingVariable) {
    const command_result result = run_command("env -u CLUSTER_ENDPOINT " DSQL_EXAMPLE_PREFERRED);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.errors.find("host is missing"), std::string::npos) << result.errors;
}

}  // namespace environment_test
