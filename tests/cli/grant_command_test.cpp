// SPDX-License-Identifier: Apache-2.0
#include "served_command.hpp"

#include <string>

namespace grant_command_test {

constexpr const char* arn = "arn:aws:iam::123456789012:role/app";

class GrantCommand : public ServedCommand {};

std::string iam(const std::string& identity = arn) {
    return " --iam " + identity + " ";
}

TEST_F(GrantCommand, MakesTheRoleAndGrantsItOnce) {
    const auto granted = dsql("grant first" + iam());
    EXPECT_EQ(granted.status, 0) << granted.errors;
    EXPECT_EQ(granted.output.find("done       CREATE ROLE first WITH LOGIN\n"
                                  "done       AWS IAM GRANT first TO '" +
                                  std::string(arn) + "'\nnext       "),
              0U)
        << granted.output;
    EXPECT_EQ(psql("SELECT arn FROM sys.iam_pg_role_mappings WHERE pg_role_name = 'first'"),
              std::string(arn) + "\n");
    const auto again = dsql("grant first" + iam());
    EXPECT_EQ(again.output.find("unchanged  CREATE ROLE first WITH LOGIN\nunchanged  AWS IAM"), 0U)
        << again.output;
    // A role that was made otherwise.
    EXPECT_EQ(psql("CREATE ROLE \"Second\""), "");
    expect_part(dsql("grant Second" + iam()).output,
                "unchanged  CREATE ROLE \"Second\" WITH LOGIN\n"
                "done       ALTER ROLE \"Second\" WITH LOGIN\n"
                "done       AWS IAM GRANT \"Second\" TO");
    EXPECT_EQ(dsql("revoke first" + iam()).output,
              "done       AWS IAM REVOKE first FROM '" + std::string(arn) + "'\n");
    EXPECT_EQ(dsql("revoke first" + iam()).output,
              "unchanged  AWS IAM REVOKE first FROM '" + std::string(arn) + "'\n");
}

TEST_F(GrantCommand, GrantsTheTablesOfASchema) {
    EXPECT_EQ(psql("CREATE SCHEMA sales; CREATE TABLE sales.orders (id int); "
                   "CREATE SEQUENCE sales.numbers CACHE 1; CREATE ROLE clerk WITH LOGIN"),
              "");
    const std::string rights =
        "SELECT has_table_privilege('clerk', 'sales.orders', 'SELECT'), "
        "has_table_privilege('clerk', 'sales.orders', 'DELETE'), "
        "has_sequence_privilege('clerk', 'sales.numbers', 'USAGE'), "
        "has_schema_privilege('clerk', 'sales', 'USAGE')";
    EXPECT_EQ(dsql("grant clerk --schema sales --read-only" + iam()).status, 0);
    EXPECT_EQ(psql(rights), "t|f|f|t\n");
    const std::string both = "grant clerk --schema sales --schema public --read-write" + iam();
    const auto granted = dsql(both);
    expect_part(granted.output,
                "unchanged  GRANT USAGE ON SCHEMA sales TO clerk\n"
                "done       GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN "
                "SCHEMA sales TO clerk\n");
    EXPECT_EQ(granted.output.find("ON SCHEMA public"), std::string::npos);
    expect_part(granted.output, "ON ALL TABLES IN SCHEMA public TO clerk\n");
    EXPECT_EQ(psql(rights), "t|t|t|t\n");
    // What was granted before stays, and is not passed over in silence.
    expect_part(dsql("grant clerk --schema sales --read-only" + iam()).output,
                "note       clerk may also change tables of the schema sales, by an earlier grant; "
                "dsql revoke clerk --schema sales takes all its rights back\n");
    EXPECT_EQ(dsql(both).output.find("done "), std::string::npos);
    // A table that is made later is not granted yet.
    EXPECT_EQ(psql("CREATE TABLE sales.more (id int)"), "");
    expect_part(dsql(both).output, "done       GRANT SELECT, INSERT, UPDATE, DELETE");
    const auto revoked = dsql("revoke clerk --schema sales");
    EXPECT_EQ(revoked.status, 0) << revoked.errors;
    EXPECT_EQ(psql(rights), "f|f|f|f\n");
    EXPECT_EQ(dsql("revoke clerk --schema sales").output.find("done "), std::string::npos);
}

TEST_F(GrantCommand, ADryRunConnectsToNothing) {
    environment_.unset("CLUSTER_ENDPOINT");
    EXPECT_EQ(dsql("grant --read-only --dry-run --schema s app" + iam()).output,
              "CREATE ROLE app WITH LOGIN;\nAWS IAM GRANT app TO '" + std::string(arn) +
                  "';\nGRANT USAGE ON SCHEMA s TO app;\n"
                  "GRANT SELECT ON ALL TABLES IN SCHEMA s TO app;\n");
    EXPECT_EQ(dsql("revoke app --dry-run" + iam()).output,
              "AWS IAM REVOKE app FROM '" + std::string(arn) + "';\n");
    const auto real = dsql("grant app" + iam());
    EXPECT_EQ(real.status, 2);
    expect_part(real.errors, "--host is required");
}

TEST_F(GrantCommand, WrongUsageHasStatus2) {
    for (const std::string& arguments :
         {"grant app" + iam("arn:aws:sts::123456789012:assumed-role/app/x"),
          std::string("grant app"), "grant admin" + iam(), "grant pg_x" + iam(),
          "grant app --schema s" + iam(), "grant app --read-only" + iam(),
          "grant app --schema s --read-only --read-write" + iam(), std::string("revoke app")}) {
        const auto result = dsql(arguments);
        EXPECT_EQ(result.status, 2) << arguments << '\n' << result.errors;
        EXPECT_EQ(result.output, "") << arguments;
    }
    expect_part(dsql("grant app" + iam("arn:aws:sts::123456789012:assumed-role/app/x")).errors,
                "use arn:aws:iam::123456789012:role/app");
    const auto missing = dsql("grant app --schema nosuch --read-only" + iam());
    EXPECT_EQ(missing.status, 1);
    EXPECT_EQ(missing.errors,
              "dsql: GRANT USAGE ON SCHEMA nosuch TO app: schema \"nosuch\" does not exist "
              "(SQLSTATE 3F000)\n");
}

// A name that is mistyped has nothing that could be revoked.
TEST_F(GrantCommand, ARoleThatDoesNotExistIsNotRevokedInSilence) {
    const auto revoked = dsql("revoke nosuch" + iam());
    EXPECT_EQ(revoked.status, 1);
    EXPECT_EQ(revoked.output, "");
    EXPECT_EQ(revoked.errors, "dsql: there is no database role nosuch\n");
}

TEST_F(GrantCommand, LostConnectionsChangeNothing) {
    faults_.set("schema-conflict times=2");
    faults_.set("cut-after-commit times=1");
    const auto granted = dsql("grant faulty" + iam());
    EXPECT_EQ(granted.status, 0) << granted.errors;
    EXPECT_EQ(psql("SELECT count(*) FROM sys.iam_pg_role_mappings WHERE pg_role_name = 'faulty'"),
              "1\n");
}

}  // namespace grant_command_test
