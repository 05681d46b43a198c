// SPDX-License-Identifier: Apache-2.0
// Each fault of dsql-local is named in the first line of the doctor's that says "failed".
#include "doctor_run.hpp"
#include "support/endpoint_process.hpp"
#include "support/fault_injection.hpp"
#include "support/scoped_environment.hpp"

#include <cstdlib>
#include <memory>
#include <string>

namespace doctor_fault_test {

using dsql_local_test::endpoint_process;

// A busy machine is no fault.
constexpr const char* patient = "--round-trip-limit 60000 ";
constexpr const char* committing = "--write-check --round-trip-limit 60000 ";

struct fault_case {
    const char* fault;  ///< as the admin socket takes it
    expected_failure expected;
    const char* options = patient;
};

void PrintTo(const fault_case& shown, std::ostream* to) {
    *to << shown.fault;
}

class DoctorFault : public testing::TestWithParam<fault_case> {
protected:
    static void SetUpTestSuite() {
        endpoint_ = std::make_unique<endpoint_process>(std::vector<std::string>{});
    }
    static void TearDownTestSuite() { endpoint_.reset(); }

    DoctorFault() : faults_((*endpoint_)["DSQL_LOCAL_ADMIN_SOCKET"]) {
        environment_.clear();
        for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                 "DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT"}) {
            environment_.set(name, (*endpoint_)[name]);
        }
        environment_.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    }

    static std::string arguments(const std::string& options) {
        return "--host " + (*endpoint_)["CLUSTER_ENDPOINT"] + " " + options;
    }

    static std::string psql(const std::string& statement) {
        const temporary_file script(statement);
        const command_result result =
            run_command(DSQL_COMMAND " psql --host " + (*endpoint_)["CLUSTER_ENDPOINT"] +
                        " -- --no-psqlrc --tuples-only --no-align --file " + script.path());
        EXPECT_EQ(result.errors, "");
        return result.output;
    }

    static std::unique_ptr<endpoint_process> endpoint_;
    scoped_environment environment_;
    fault_injection faults_;
};

std::unique_ptr<endpoint_process> DoctorFault::endpoint_;

TEST_P(DoctorFault, IsNamedInTheFirstFailingLine) {
    faults_.set(GetParam().fault);
    expect_verdict(arguments(GetParam().options), GetParam().expected);
    faults_.clear();
    const doctor_verdict healthy = run_doctor(arguments(committing));
    EXPECT_EQ(healthy.status, 0) << healthy.output;
    EXPECT_EQ(healthy.line, "");
}

constexpr const char* not_committed =
    "the result of COMMIT was lost: the connection was closed; the table shows that it was not "
    "committed";
constexpr const char* committed =
    "the result of COMMIT was lost: the connection was closed; the table shows that it was "
    "committed";

INSTANTIATE_TEST_SUITE_P(
    All, DoctorFault,
    testing::Values(
        fault_case{"rate-exceeded", {"login", 16, "rate exceeded"}},
        fault_case{"waking-up", {"login", 16, "waking up cluster"}},
        fault_case{"too-many-connections", {"login", 16, "too many open connections"}},
        fault_case{"server-unavailable", {"query", 17, "XX000 server unavailable"}},
        fault_case{"delay value=60", {"round-trip", 19, "slow: median"}, "--round-trip-limit 50"},
        fault_case{"close-after value=1", {"login", 16, "the connection was closed"}},
        fault_case{"data-conflict", {"write", 20, "COMMIT: 40001 "}, committing},
        fault_case{"schema-conflict", {"write", 20, "OC001"}, committing},
        fault_case{"cut-before-commit", {"write", 20, not_committed}, committing},
        fault_case{"cut-after-commit", {"write", 20, committed}, committing},
        fault_case{
            "server-unavailable-at-commit",
            {"write", 20, "\"server unavailable\"; the table shows that it was not committed"},
            committing},
        fault_case{"server-unavailable-at-commit value=committed",
                   {"write", 20, "\"server unavailable\"; the table shows that it was committed"},
                   committing}));

// Where it strikes depends on how much PostgreSQL says at a login.
TEST_F(DoctorFault, AConnectionThatIsClosedLaterIsCalledThatToo) {
    for (const char* bytes : {"300", "500", "600", "700"}) {
        faults_.set("close-after value=" + std::string(bytes));
        const doctor_verdict verdict = run_doctor(arguments(patient));
        EXPECT_NE(verdict.line.find("the connection was closed"), std::string::npos)
            << bytes << '\n'
            << verdict.output;
        EXPECT_TRUE(verdict.status == 16 || verdict.status == 17 || verdict.status == 19)
            << verdict.output;
        faults_.clear();
    }
}

// Each would be in time, nine would not be.
TEST_F(DoctorFault, RoundTripsHaveOneTimeoutInAll) {
    faults_.set("delay value=700");
    const std::string slow = arguments("--timeout 3 --round-trip-limit 50");
    expect_verdict(slow, {"round-trip", 19, "slow: median "});
    const doctor_verdict verdict = run_doctor(slow);
    EXPECT_EQ(verdict.line.find(" of 9 round trips"), std::string::npos) << verdict.line;
    EXPECT_NE(verdict.line.find(" round trips"), std::string::npos) << verdict.line;
}

// What a connection knew of its TLS is gone with it.
TEST_F(DoctorFault, LibpqIsDescribedAlsoAfterAQueryThatClosedTheConnection) {
    doctor_verdict verdict;
    // Where the query is depends on how much PostgreSQL says at a login.
    for (int bytes = 400; verdict.check() != "query" && bytes < 1000; bytes += 10) {
        faults_.set("close-after value=" + std::to_string(bytes));
        verdict = run_doctor_for_json(arguments(patient));
    }
    ASSERT_EQ(verdict.check(), "query") << verdict.output;
    const auto document = nlohmann::json::parse(verdict.output);
    const auto& libpq = document.at("checks").at(8);
    EXPECT_EQ(libpq.at("check"), "libpq");
    EXPECT_EQ(libpq.at("facts").at("tls_version"), "TLSv1.3");
    EXPECT_NE(libpq.at("facts").at("cipher"), "");
}

TEST_F(DoctorFault, WithoutOneAllIsRight) {
    const doctor_verdict text = run_doctor(arguments(patient));
    EXPECT_EQ(text.status, 0) << text.output;
    const std::string output = run_doctor_for_json(arguments(patient)).output;
    const auto document = nlohmann::json::parse(output);
    std::vector<std::string> names;
    for (const auto& one : document.at("checks")) {
        names.push_back(one.at("check"));
    }
    EXPECT_EQ(names, (std::vector<std::string>{"config", "credentials", "clock", "dns", "tcp",
                                               "tls", "login", "query", "query", "libpq",
                                               "round-trip", "write", "grants"}))
        << "the clock by the cluster's, for STS does not respond";
    const auto& tls = document.at("checks").at(5).at("facts");
    EXPECT_EQ(tls.at("version"), "TLSv1.3");
    EXPECT_EQ(tls.at("alpn"), "postgresql");
    EXPECT_EQ(tls.at("verified"), true);
    EXPECT_EQ(tls.at("names").at(0), "*.dsql.us-east-1.on.aws");
    const std::string key_id = std::getenv("AWS_ACCESS_KEY_ID");
    EXPECT_EQ(document.at("checks").at(1).at("facts").at("access_key_id"),
              "..." + key_id.substr(key_id.size() - 4));
}

TEST_F(DoctorFault, TheWriteCheckTouchesNoRowButItsOwn) {
    psql("CREATE TABLE logins (id uuid PRIMARY KEY, written_at timestamptz)");
    psql("INSERT INTO logins VALUES (gen_random_uuid(), '2001-02-03')");
    const doctor_verdict run = run_doctor(arguments(committing + std::string("--table logins")));
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_EQ(psql("SELECT count(*), min(written_at)::date FROM logins"), "1|2001-02-03\n");
}

TEST_F(DoctorFault, TheWriteCheckRefusesATableOfAnotherForm) {
    psql("CREATE TABLE orders (id uuid PRIMARY KEY, written_at timestamptz, price int)");
    expect_verdict(arguments(committing + std::string("--table orders")),
                   {"write", 20,
                    "the table orders is not the doctor's: its columns are id uuid, written_at "
                    "timestamp with time zone, price integer, not "});
    EXPECT_EQ(psql("SELECT count(*) FROM orders"), "0\n");
}

TEST_F(DoctorFault, TheWriteCheckTakesAnyWordForAName) {
    for (const char* table : {"user", "public.order"}) {
        const doctor_verdict run =
            run_doctor(arguments(committing + std::string("--table ") + table));
        EXPECT_EQ(run.status, 0) << run.output;
    }
    EXPECT_EQ(psql("SELECT count(*) FROM public.\"user\", public.\"order\""), "0\n");
}

TEST_F(DoctorFault, TheWriteCheckNamesTheStatementThatFails) {
    psql(
        "CREATE TABLE past (id uuid PRIMARY KEY, written_at timestamptz "
        "CHECK (written_at < '2001-02-03'))");
    expect_verdict(arguments(committing + std::string("--table past")),
                   {"write", 20, "INSERT: 23514 "});
    expect_verdict(arguments(committing + std::string("--table nowhere.x")),
                   {"write", 20, "CREATE TABLE: 3F000 "});
}

TEST_F(DoctorFault, TheWriteCheckLeavesItsTableEmpty) {
    const doctor_verdict run =
        run_doctor(arguments(committing + std::string("--table doctor_writes_here")));
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_NE(run.output.find("a row in doctor_writes_here was written"), std::string::npos);
    faults_.set("cut-after-commit times=1");
    const doctor_verdict cut =
        run_doctor(arguments(committing + std::string("--table doctor_writes_here")));
    EXPECT_EQ(cut.check(), "write") << cut.output;
    EXPECT_EQ(psql("SELECT count(*) FROM doctor_writes_here"), "0\n");
}

}  // namespace doctor_fault_test
