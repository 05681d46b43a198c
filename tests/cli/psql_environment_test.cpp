// SPDX-License-Identifier: Apache-2.0
#include "psql/psql_environment.hpp"

#include <dsql/version.hpp>

#include <gtest/gtest.h>

#include <map>

namespace psql_environment_test {

using dsql_cli::psql_environment;
using dsql_cli::psql_login;

psql_login login(int psql_major) {
    return {.endpoint = {.host = "x.dsql.us-east-1.on.aws",
                         .region = "us-east-1",
                         .port = 5433,
                         .host_address = "tunnel.example"},
            .addresses = {"127.0.0.1"},
            .user = "app",
            .database = "postgres",
            .token = "the-token",
            .root_certificate = "/roots.pem",
            .psql_major = psql_major};
}

std::map<std::string, std::string> as_map(const std::vector<std::string>& entries) {
    std::map<std::string, std::string> variables;
    for (const std::string& entry : entries) {
        const std::size_t equals = entry.find('=');
        EXPECT_TRUE(variables.emplace(entry.substr(0, equals), entry.substr(equals + 1)).second)
            << entry;
    }
    return variables;
}

TEST(PsqlEnvironment, SaysWhereToGoAndAsWhom) {
    const auto variables = as_map(psql_environment({"HOME=/home/me"}, login(15)));
    EXPECT_EQ(variables,
              (std::map<std::string, std::string>{
                  {"HOME", "/home/me"},
                  {"PGHOST", "x.dsql.us-east-1.on.aws"},
                  {"PGHOSTADDR", "127.0.0.1"},
                  {"PGPORT", "5433"},
                  {"PGUSER", "app"},
                  {"PGDATABASE", "postgres"},
                  {"PGPASSWORD", "the-token"},
                  {"PGSSLMODE", "verify-full"},
                  {"PGSSLROOTCERT", "/roots.pem"},
                  {"PGSSLMINPROTOCOLVERSION", "TLSv1.2"},
                  {"PGGSSENCMODE", "disable"},
                  {"PGSSLCERT", "/nonexistent/aurora-dsql-uses-none"},
                  {"PGSSLKEY", "/nonexistent/aurora-dsql-uses-none"},
                  {"PGSSLCRL", "/nonexistent/aurora-dsql-uses-none"},
                  {"PGAPPNAME", "psql:aurora-dsql-cpp-libpq/" + std::string(dsql::version)},
                  {"PGCONNECT_TIMEOUT", "10"}}));
}

TEST(PsqlEnvironment, HasAHostForEachAddressAndTheClusterId) {
    psql_login there = login(17);
    there.addresses = {"10.0.0.1", "fd00::1"};
    there.endpoint.cluster_id = "abc";
    const auto variables = as_map(psql_environment({"PGOPTIONS=-c x=y"}, there));
    EXPECT_EQ(variables.at("PGHOST"), "x.dsql.us-east-1.on.aws,x.dsql.us-east-1.on.aws");
    EXPECT_EQ(variables.at("PGHOSTADDR"), "10.0.0.1,fd00::1");
    EXPECT_EQ(variables.at("PGOPTIONS"), "-c amzn-cluster-id=abc");
}

TEST(PsqlEnvironment, GivesLaterVersionsWhatTheyCanDo) {
    const auto of_16 = as_map(psql_environment({}, login(16)));
    EXPECT_EQ(of_16.at("PGREQUIREAUTH"), "password");
    EXPECT_EQ(of_16.count("PGSSLNEGOTIATION"), 0U);
    EXPECT_EQ(as_map(psql_environment({}, login(17))).at("PGSSLNEGOTIATION"), "direct");
}

TEST(PsqlEnvironment, RemovesWhatWouldSendItElsewhereAndKeepsTheRest) {
    psql_login there = login(17);
    there.endpoint.host_address.clear();
    there.addresses.clear();
    const auto variables = as_map(psql_environment(
        {"PGHOST=elsewhere", "PGHOSTADDR=10.0.0.1", "PGPASSWORD=mine", "PGPASSFILE=/f",
         "PGSERVICE=s", "PGSERVICEFILE=/f", "PGOPTIONS=-c x=y", "PGSSLMODE=disable",
         "PGTARGETSESSIONATTRS=primary", "PGCLUSTER=15/main", "PGGEQO=off", "PGAPPNAME=mine",
         "PGTZ=UTC", "PGCONNECT_TIMEOUT=3", "PSQLRC=/rc"},
        there));
    EXPECT_EQ(variables.at("PGHOST"), "x.dsql.us-east-1.on.aws");
    EXPECT_EQ(variables.at("PGPASSWORD"), "the-token");
    EXPECT_EQ(variables.at("PGSSLMODE"), "verify-full");
    for (const char* name : {"PGHOSTADDR", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGOPTIONS",
                             "PGTARGETSESSIONATTRS", "PGCLUSTER", "PGGEQO"}) {
        EXPECT_EQ(variables.count(name), 0U) << name;
    }
    EXPECT_EQ(variables.at("PGAPPNAME"), "mine");
    EXPECT_EQ(variables.at("PGTZ"), "UTC");
    EXPECT_EQ(variables.at("PGCONNECT_TIMEOUT"), "3");
    EXPECT_EQ(variables.at("PSQLRC"), "/rc");
}

}  // namespace psql_environment_test
