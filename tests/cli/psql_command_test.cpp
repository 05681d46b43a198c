// SPDX-License-Identifier: Apache-2.0
#include "support/command.hpp"
#include "support/endpoint_process.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace psql_command_test {

using dsql_local_test::endpoint_process;

constexpr const char* cluster = "a1b2c3d4e5f6g7h8i9j0klmnop.dsql.us-east-1.on.aws";

class PsqlCommand : public testing::Test {
protected:
    PsqlCommand() {
        environment_.clear();
        environment_.set("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT1");
        environment_.set("AWS_SECRET_ACCESS_KEY", "environment-secret");
    }

    static command_result psql(const std::string& arguments) {
        return run_command(DSQL_COMMAND " psql " + arguments);
    }

    // A psql that says it is of this version and shows what it was given.
    void put_into_path(const std::string& version) {
        std::ofstream script(directory_ / "psql");
        script << "#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'psql (PostgreSQL) " << version
               << "'; exit; fi\nfor word; do echo \"[$word]\"; done\nenv\n"
               << "tr '\\0' ' ' </proc/$$/cmdline\n";
        script.close();
        std::filesystem::permissions(directory_ / "psql", std::filesystem::perms::owner_all);
        environment_.set("PATH", directory_.path().string() + ":" + std::getenv("PATH"));
    }

    static std::string value_of(const command_result& shown, const std::string& variable) {
        const std::size_t at = ("\n" + shown.output).find("\n" + variable + "=");
        if (at == std::string::npos) {
            return "<unset>";
        }
        const std::size_t start = at + variable.size() + 1;
        return shown.output.substr(start, shown.output.find('\n', start) - start);
    }

    temporary_directory directory_;
    scoped_environment environment_;
};

TEST_F(PsqlCommand, LogsInToAnEndpointAndPassesArgumentsAndStatusOn) {
    const endpoint_process served;
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                             "DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT"}) {
        environment_.set(name, served[name]);
    }
    environment_.set("PGHOST", "elsewhere.example.com");
    environment_.set("PGSSLMODE", "disable");
    environment_.set("PGOPTIONS", "-c statement_timeout=1");
    const std::string host = "--host " + served["CLUSTER_ENDPOINT"];
    const auto answer = psql(host +
                             " -- --no-psqlrc -At -v 'array=[a,b]' -c 'SELECT current_user' -c "
                             "'SHOW application_name' -c '\\echo :array'");
    EXPECT_EQ(answer.status, 0) << answer.errors;
    EXPECT_EQ(answer.output.find("admin\npsql:aurora-dsql-cpp-libpq/"), 0U) << answer.output;
    EXPECT_NE(answer.output.find("\n[a,b]\n"), std::string::npos) << answer.output;
    EXPECT_EQ(psql(host + " -- --no-psqlrc -c 'SELECT nonsense'").status, 1);
    EXPECT_EQ(psql(host + " --user nobody -- --no-psqlrc -c 'SELECT 1'").status, 2);
    // While it runs, no process's command line holds a token.
    const auto processes =
        psql(host + " -- --no-psqlrc -c '\\! cat /proc/[0-9]*/cmdline 2>/dev/null'");
    EXPECT_NE(processes.output.find("--no-psqlrc"), std::string::npos);
    EXPECT_EQ(processes.output.find("X-Amz-"), std::string::npos);
}

TEST_F(PsqlCommand, TheTokenIsInTheEnvironmentAlone) {
    put_into_path("17.5 (Debian 17.5-1)");
    const auto shown = psql("--host " + std::string(cluster) + " --user app -- -c 'SELECT 1' --");
    EXPECT_EQ(shown.status, 0) << shown.errors;
    EXPECT_EQ(shown.output.find("[-c]\n[SELECT 1]\n[--]\n"), 0U) << shown.output;
    const std::string token = value_of(shown, "PGPASSWORD");
    EXPECT_EQ(token.find(std::string(cluster) + "/?Action=DbConnect&X-Amz-Algorithm="), 0U);
    EXPECT_EQ(shown.output.find("X-Amz-Algorithm="), shown.output.rfind("X-Amz-Algorithm="));
    EXPECT_EQ(value_of(shown, "PGUSER"), "app");
    EXPECT_EQ(value_of(shown, "PGPORT"), "5432");
    EXPECT_EQ(value_of(shown, "PGHOSTADDR"), "<unset>");
    EXPECT_EQ(value_of(shown, "PGSSLNEGOTIATION"), "direct");
}

TEST_F(PsqlCommand, RootsAreWhatTheVersionCanTake) {
    put_into_path("16.9");
    const std::string arguments = "--host " + std::string(cluster);
    EXPECT_EQ(value_of(psql(arguments), "PGSSLROOTCERT"), "system");
    EXPECT_EQ(value_of(psql(arguments), "PGSSLNEGOTIATION"), "<unset>");
    put_into_path("15.18");
    const std::string bundle = value_of(psql(arguments), "PGSSLROOTCERT");
    EXPECT_TRUE(std::filesystem::is_regular_file(bundle)) << bundle;
    environment_.set("DSQL_SSL_ROOT_CERT", bundle);
    put_into_path("17.0");
    EXPECT_EQ(value_of(psql(arguments), "PGSSLROOTCERT"), bundle);
    EXPECT_EQ(value_of(psql(arguments + " --ssl-root-cert system"), "PGSSLROOTCERT"), "system");
    const auto missing = psql(arguments + " --ssl-root-cert /nonexistent/roots.pem");
    EXPECT_EQ(missing.status, 1);
    EXPECT_NE(missing.errors.find("/nonexistent/roots.pem"), std::string::npos);
}

TEST_F(PsqlCommand, AddressAndPortOfTheEnvironmentCount) {
    put_into_path("17.0");
    environment_.set("DSQL_HOST_ADDRESS", "127.0.0.1");
    environment_.set("DSQL_PORT", "5433");
    const auto shown = psql("--host " + std::string(cluster));
    EXPECT_EQ(value_of(shown, "PGHOSTADDR"), "127.0.0.1");
    EXPECT_EQ(value_of(shown, "PGPORT"), "5433");
    EXPECT_EQ(value_of(psql("--port 5434 --host " + std::string(cluster)), "PGPORT"), "5434");
}

TEST_F(PsqlCommand, AHostAddressMayBeAName) {
    put_into_path("17.0");
    const auto shown = psql("--host-address localhost --host " + std::string(cluster));
    EXPECT_NE(value_of(shown, "PGHOSTADDR").find("127.0.0.1"), std::string::npos) << shown.output;
    const auto unknown = psql("--host-address nothing.invalid --host " + std::string(cluster));
    EXPECT_EQ(unknown.status, 1);
    EXPECT_NE(unknown.errors.find("cannot look up the host address nothing.invalid"),
              std::string::npos)
        << unknown.errors;
}

TEST_F(PsqlCommand, NoCoreFileCanHoldTheToken) {
    put_into_path("17.0");
    std::ofstream(directory_ / "psql", std::ios::app) << "echo \"core=$(ulimit -H -c)\"\n";
    const auto shown = psql("--host " + std::string(cluster));
    EXPECT_NE(shown.output.find("core=0\n"), std::string::npos) << shown.output;
}

TEST_F(PsqlCommand, WithoutPsqlItSaysHowToInstallIt) {
    environment_.set("PATH", directory_.path().string());
    // Called by its path, and the shell as well.
    const auto result = psql("--host " + std::string(cluster));
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.errors.find("psql is not in PATH; install it: \"apt-get install"),
              std::string::npos)
        << result.errors;
}

TEST_F(PsqlCommand, OnlyPsqlTakesArgumentsBehindTheMark) {
    const auto result = run_command(DSQL_COMMAND " token --host x -- -c");
    EXPECT_EQ(result.status, 2);
    EXPECT_NE(result.errors.find("only psql"), std::string::npos) << result.errors;
}

}  // namespace psql_command_test
