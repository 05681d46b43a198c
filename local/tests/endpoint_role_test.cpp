// SPDX-License-Identifier: Apache-2.0
// Tests which roles may log in, and to which database.
#include "dsql_session.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace endpoint_role_test {

using namespace dsql_local_test;

constexpr const char* not_granted =
    "08006 unable to accept connection, access denied User: "
    "arn:aws:iam::000000000000:user/dsql-local is not authorized to access this resource";

// Returns the error of a login; empty if it succeeds.
std::string refused(const endpoint_process& served, const std::string& user,
                    const dsql_local::test_keys& keys = {}) {
    try {
        dsql_session session(served, user, keys);
        EXPECT_EQ(session.must("SELECT current_user"), user);
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

class endpoint_role : public testing::Test {
protected:
    static void SetUpTestSuite() { served_ = std::make_unique<endpoint_process>(); }
    static void TearDownTestSuite() { served_.reset(); }

    void SetUp() override {
        admin_.must("DROP ROLE IF EXISTS app");
        admin_.must("CREATE ROLE app WITH LOGIN");
    }

    std::string arns() {
        return admin_.must(
            "SELECT string_agg(arn, ' ' ORDER BY arn) "
            "FROM sys.iam_pg_role_mappings WHERE pg_role_name = 'app'");
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session admin_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_role::served_;

TEST_F(endpoint_role, a_role_logs_in_when_it_is_granted) {
    EXPECT_EQ(refused(*served_, "app"), not_granted);
    for (const bool extended : {false, true}) {
        const std::string grant = "AWS IAM GRANT app TO 'arn:aws:iam::123456789012:role/app';";
        const query_result granted = extended ? admin_.execute(grant) : admin_.query(grant);
        EXPECT_EQ(granted.tags, "GRANT") << granted.text();
        EXPECT_EQ(arns(), "arn:aws:iam::123456789012:role/app");
        EXPECT_EQ(refused(*served_, "app"), "");
        const std::string revoke = "AWS IAM REVOKE app FROM 'arn:aws:iam::123456789012:role/app'";
        const query_result revoked = extended ? admin_.execute(revoke) : admin_.query(revoke);
        EXPECT_EQ(revoked.tags, "REVOKE") << revoked.text();
        EXPECT_EQ(arns(), "");
        EXPECT_EQ(refused(*served_, "app"), not_granted);
    }
}

TEST_F(endpoint_role, a_role_that_is_not_there_is_refused_like_one_that_is_not_granted) {
    EXPECT_EQ(refused(*served_, "nobody_here"), not_granted);
    EXPECT_EQ(admin_.query("AWS IAM GRANT nobody_here TO 'arn'").sqlstate, "42704");
    EXPECT_EQ(admin_.query("AWS IAM GRANT nobody_here TO 'arn'").text(),
              "role \"nobody_here\" does not exist");
}

TEST_F(endpoint_role, the_last_mapping_is_what_counts) {
    admin_.must("AWS IAM GRANT app TO 'arn:one'");
    admin_.must("AWS IAM GRANT app TO 'arn:two'");
    admin_.must("AWS IAM GRANT app TO 'arn:two'");
    EXPECT_EQ(arns(), "arn:one arn:two");
    admin_.must("AWS IAM REVOKE app FROM 'arn:two'");
    admin_.must("AWS IAM REVOKE app FROM 'arn:none'");
    EXPECT_EQ(refused(*served_, "app"), "");
    admin_.must("AWS IAM REVOKE app FROM 'arn:one'");
    EXPECT_EQ(refused(*served_, "app"), not_granted);
}

TEST_F(endpoint_role, a_grant_counts_when_it_is_committed) {
    admin_.must("BEGIN");
    admin_.must("AWS IAM GRANT app TO 'arn'");
    EXPECT_EQ(refused(*served_, "app"), not_granted);
    admin_.must("ROLLBACK");
    EXPECT_EQ(refused(*served_, "app"), not_granted);
    admin_.must("BEGIN; AWS IAM GRANT app TO 'arn'; COMMIT");
    EXPECT_EQ(refused(*served_, "app"), "");
}

TEST_F(endpoint_role, a_role_that_is_made_again_has_no_grant) {
    admin_.must("AWS IAM GRANT app TO 'arn'");
    admin_.must("DROP ROLE app");
    EXPECT_EQ(arns(), "");
    admin_.must("CREATE ROLE app WITH LOGIN");
    EXPECT_EQ(arns(), "");
    EXPECT_EQ(refused(*served_, "app"), not_granted);
}

TEST_F(endpoint_role, the_view_has_the_columns_of_dsqls) {
    admin_.must("AWS IAM GRANT app TO 'arn:aws:iam::123456789012:role/app'");
    EXPECT_EQ(admin_.must("SELECT concat_ws(' ', arn, pg_role_oid = 'app'::regrole, pg_role_name, "
                          "grantor_pg_role_oid = 'admin'::regrole, grantor_pg_role_name, "
                          "pg_typeof(iam_oid)) FROM sys.iam_pg_role_mappings "
                          "WHERE pg_role_name = 'app'"),
              "arn:aws:iam::123456789012:role/app t app t admin oid");
}

TEST_F(endpoint_role, odd_names_are_granted_too) {
    for (const std::string name : {"My Role", "quo\"te", "$q$", "7", "all", "+app"}) {
        std::string quoted = name;
        if (const std::size_t at = quoted.find('"'); at != std::string::npos) {
            quoted.insert(at, 1, '"');
        }
        admin_.must("CREATE ROLE \"" + quoted + "\" LOGIN");
        EXPECT_EQ(refused(*served_, name), not_granted);
        admin_.must("AWS IAM GRANT \"" + quoted + "\" TO 'arn'");
        EXPECT_EQ(refused(*served_, name), "");
        admin_.must("DROP ROLE \"" + quoted + "\"");
    }
}

TEST_F(endpoint_role, only_admin_grants) {
    admin_.must("AWS IAM GRANT app TO 'arn'");
    dsql_session app(*served_, "app");
    EXPECT_EQ(app.query("AWS IAM GRANT app TO 'other'").sqlstate, "42501");
    EXPECT_EQ(app.query("AWS IAM REVOKE app FROM 'arn'").sqlstate, "42501");
    EXPECT_EQ(arns(), "arn");
}

TEST_F(endpoint_role, what_is_not_well_formed_is_a_syntax_error) {
    EXPECT_EQ(admin_.query("AWS IAM GRANT app").sqlstate, "42601");
    EXPECT_EQ(admin_.query("AWS IAM GRANT app FROM 'arn'").sqlstate, "42601");
}

TEST_F(endpoint_role, a_grant_changes_the_catalogue_for_others) {
    admin_.must("CREATE TABLE IF NOT EXISTS seen (id int)");
    for (const char* change : {"AWS IAM GRANT app TO 'arn'", "AWS IAM REVOKE app FROM 'arn'",
                               "GRANT SELECT ON seen TO app", "REVOKE SELECT ON seen FROM app"}) {
        dsql_session other(*served_);
        admin_.must(change);
        EXPECT_EQ(other.query("SELECT count(*) FROM seen").text(),
                  "schema has been updated by another transaction (OC001)")
            << change;
        EXPECT_EQ(other.must("SELECT count(*) FROM seen"), "0");
    }
}

TEST_F(endpoint_role, rights_on_the_schema_public_are_refused) {
    const query_result refused = admin_.query("GRANT USAGE ON SCHEMA public TO app");
    EXPECT_EQ(refused.sqlstate, "0A000");
    EXPECT_EQ(refused.text(), "feature not supported on system entity");
    admin_.must("CREATE SCHEMA app");
    EXPECT_EQ(admin_.query("GRANT USAGE, CREATE ON SCHEMA app TO app").tags, "GRANT");
    admin_.must("AWS IAM GRANT app TO 'arn'");
    {
        dsql_session app(*served_, "app");
        EXPECT_EQ(app.query("CREATE TABLE public.mine (id int)").sqlstate, "42501");
        app.must("CREATE TABLE app.mine (id int)");
    }
    EXPECT_EQ(admin_.query("DROP SCHEMA app CASCADE").sqlstate, "40001") << "of app's DDL";
    admin_.must("DROP SCHEMA app CASCADE");
}

TEST_F(endpoint_role, there_is_one_database) {
    const std::string& host = (*served_)["CLUSTER_ENDPOINT"];
    for (const std::string database : {"template1", "template0", "nowhere", "admin", ""}) {
        raw_client client(served_->port());
        ASSERT_TRUE(client.start_tls({.server_name = host, .alpn = true}));
        client.send_startup({{"user", "admin"}, {"database", database}});
        ASSERT_EQ(client.receive_message().type, 'R');
        client.send_password((*served_)["PGPASSWORD"]);
        const message refused = client.receive_message();
        EXPECT_EQ(refused.field('C'), "3D000") << database;
        EXPECT_EQ(refused.field('M'),
                  "database \"" + (database.empty() ? "admin" : database) + "\" does not exist");
        EXPECT_EQ(refused.field('S'), "FATAL");
        EXPECT_TRUE(client.ended_cleanly());
    }
}

TEST(endpoint_options, the_user_that_is_named_needs_no_grant) {
    for (const std::string name : {"quo\"te", "all", "+app", "/.*", "/", "/a\\d|b"}) {
        const endpoint_process served({"--user", name});
        EXPECT_EQ(served["PGUSER"], name);
        dsql_session admin(served);
        const std::string role = admin.must("SELECT quote_ident('" + name + "')");
        EXPECT_NE(refused(served, name), "") << "admin has not made it yet";
        admin.must("CREATE ROLE " + role + " WITH LOGIN");
        EXPECT_EQ(refused(served, name), "");
        admin.must("CREATE ROLE other WITH LOGIN");
        EXPECT_EQ(refused(served, "other"), not_granted);
        admin.must("AWS IAM GRANT " + role + " TO 'arn'");
        EXPECT_EQ(refused(served, name), "");
    }
}

dsql_local::test_keys keys_of(const endpoint_process& served, const std::string& identity) {
    const std::string prefix = "DSQL_LOCAL_IDENTITY_" + identity;
    dsql_local::test_keys keys{.access_key_id = served[prefix + "_ACCESS_KEY_ID"],
                               .secret_access_key = served[prefix + "_SECRET_ACCESS_KEY"],
                               .session_token = std::nullopt};
    if (served.exports(prefix + "_SESSION_TOKEN")) {
        keys.session_token = served[prefix + "_SESSION_TOKEN"];
    }
    return keys;
}

TEST(endpoint_identities, log_in_as_the_roles_that_are_granted_to_them) {
    const std::string reader = "arn:aws:iam::123456789012:role/reader";
    const std::string writer = "arn:aws:iam::000000000000:role/writer";
    const endpoint_process served(
        {"--identity", reader, "--identity", "writer:AKIAWRITER:se/c+ret:to=ken"});
    const dsql_local::test_keys reading = keys_of(served, "1");
    const dsql_local::test_keys writing = keys_of(served, "2");
    EXPECT_EQ(served["DSQL_LOCAL_IDENTITY_1_ARN"], reader);
    EXPECT_EQ(served["DSQL_LOCAL_IDENTITY_2_ARN"], writer);
    EXPECT_EQ(writing.session_token, "to=ken");
    const auto no_right = [](const std::string& arn) {
        return "08006 unable to accept connection, access denied User: " + arn +
               " is not authorized to access this resource";
    };
    dsql_session admin(served);
    for (const char* role : {"app", "other"}) {
        admin.must(std::string("CREATE ROLE ") + role + " LOGIN");
        EXPECT_EQ(refused(served, role), not_granted);
        EXPECT_EQ(refused(served, role, reading), no_right(reader));
    }
    admin.must("AWS IAM GRANT app TO '" + reader + "'");
    admin.must("AWS IAM GRANT other TO '" + writer + "'");
    EXPECT_EQ(refused(served, "app", reading), "");
    EXPECT_EQ(refused(served, "app", writing), no_right(writer));
    EXPECT_EQ(refused(served, "app"), not_granted);
    EXPECT_EQ(refused(served, "other", reading), no_right(reader));
    EXPECT_EQ(refused(served, "other", writing), "");
    EXPECT_EQ(refused(served, "admin", reading),
              "08006 unable to accept connection, access denied User: " + reader +
                  " is not authorized to perform: dsql:DbConnectAdmin on resource: "
                  "arn:aws:dsql:us-east-1:000000000000:cluster/dsqllocalstandinendpoint00");
    admin.must("AWS IAM REVOKE app FROM '" + reader + "'");
    EXPECT_EQ(refused(served, "app", reading), no_right(reader));

    dsql_local::test_keys forged = writing;
    forged.secret_access_key = reading.secret_access_key;
    EXPECT_EQ(refused(served, "other", forged),
              "08006 unable to accept connection, access denied The signature does not match.");
}

TEST(endpoint_identities, that_are_wrong_are_usage_errors) {
    for (const char* identity :
         {"", "a b", "app:ID", "app:ID:secret:token:more", "arn:aws:iam::1:role/a"}) {
        program wrong({"serve", "--identity", identity});
        EXPECT_EQ(wrong.wait(), 2) << identity << wrong.output();
    }
}

TEST(endpoint_options, a_user_without_a_name_is_a_usage_error) {
    for (const char* name : {"", "a\nb"}) {
        program wrong({"serve", "--user", name});
        EXPECT_EQ(wrong.wait(), 2) << wrong.output();
    }
}

TEST(endpoint_options, grants_are_kept_with_the_databases) {
    const dsql_local::temporary_directory parent("/tmp");
    chmod(parent.path().c_str(), 0755);
    const std::string directory = (parent.path() / "kept").string();
    {
        const endpoint_process served({"--data-directory", directory});
        dsql_session admin(served);
        admin.must("CREATE ROLE app WITH LOGIN");
        admin.must("AWS IAM GRANT app TO 'arn'");
    }
    const endpoint_process again({"--data-directory", directory});
    EXPECT_EQ(refused(again, "app"), "");
}

}  // namespace endpoint_role_test
