// SPDX-License-Identifier: Apache-2.0
// What the doctor says about a database role that an IAM identity cannot use: what is missing, one
// thing after the other, until it can.
#include "doctor_run.hpp"
#include "support/endpoint_process.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"
#include "support/temporary_file.hpp"

#include <string>
#include <vector>

namespace doctor_grants_test {

using dsql_local_test::endpoint_process;

constexpr const char* identity = "arn:aws:iam::000000000000:user/dsql-local";

class DoctorGrants : public testing::Test {
protected:
    DoctorGrants() {
        environment_.clear();
        for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                 "DSQL_HOST_ADDRESS", "DSQL_PORT", "DSQL_SSL_ROOT_CERT"}) {
            environment_.set(name, served_[name]);
        }
        environment_.set("AWS_ENDPOINT_URL_STS", sts_.url());
    }

    void as_admin(const std::string& statements) const {
        const temporary_file script(statements);
        const command_result result =
            run_command(DSQL_COMMAND " psql --host " + served_["CLUSTER_ENDPOINT"] +
                        " -- --no-psqlrc --quiet --file " + script.path());
        ASSERT_EQ(result.errors, "");
    }

    // The last line of the report.
    [[nodiscard]] std::string grants(const std::string& user) const {
        const std::string output = run_doctor("--round-trip-limit 60000 --host " +
                                              served_["CLUSTER_ENDPOINT"] + " --user " + user)
                                       .output;
        const std::size_t at = output.find(" grants ");
        return at == std::string::npos ? output : output.substr(at, output.find('\n', at) - at);
    }

    // With a second identity, grants count for the identity that they name.
    endpoint_process served_{{"--identity", "other"}};
    http_server sts_{[](const received_request& request) -> canned_response {
        return {.body = request.method == "HEAD" ? "" : "<Arn>" + std::string(identity) + "</Arn>",
                .headers = {{"Date", "Thu, 01 Jan 2026 00:00:00 GMT"}}};
    }};
    scoped_environment environment_;
};

void expect_words(const std::string& line, const std::vector<std::string>& words) {
    for (const std::string& each : words) {
        EXPECT_NE(line.find(each), std::string::npos) << each << '\n' << line;
    }
}

TEST_F(DoctorGrants, NamesWhatIsMissingUntilNothingIs) {
    const std::string grant = "AWS IAM GRANT \"app\" TO '" + std::string(identity) + "'";
    expect_words(grants("admin"), {"none; admin needs no grant", identity});
    expect_words(grants("app"),
                 {"the role app does not exist", "CREATE ROLE \"app\" WITH LOGIN; " + grant});
    as_admin("CREATE ROLE app;");
    expect_words(grants("app"), {"may not log in", "ALTER ROLE \"app\" WITH LOGIN"});
    as_admin("ALTER ROLE app WITH LOGIN;");
    expect_words(grants("app"), {"is granted to no IAM identity", "as admin: " + grant});
    as_admin("AWS IAM GRANT app TO 'arn:aws:iam::000000000000:role/other';");
    expect_words(grants("app"),
                 {"is granted to arn:aws:iam::000000000000:role/other, and the identity is " +
                      std::string(identity),
                  grant});
    as_admin(grant + ";");
    expect_words(grants("app"), {"the role app is granted to this identity"});
    expect_words(grants("admin"), {"2: app to arn:aws:iam::000000000000:role/other, app to " +
                                   std::string(identity)});
}

TEST_F(DoctorGrants, WithoutStsTheIdentityIsThatOfTheHint) {
    environment_.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    expect_words(grants("admin"), {"the identity is not known (STS does not respond)"});
    expect_words(grants("app"), {"TO '" + std::string(identity) + "'"});
}

TEST_F(DoctorGrants, WithoutALoginAsAdminItSaysWhatToRun) {
    environment_.set("AWS_SECRET_ACCESS_KEY", "another-secret");
    expect_words(grants("app"), {"cannot log in as admin; the identity is", identity,
                                 "SELECT arn FROM sys.iam_pg_role_mappings"});
}

}  // namespace doctor_grants_test
