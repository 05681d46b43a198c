// SPDX-License-Identifier: Apache-2.0
// Tests that admin gets no further than its own databases, and that clients see nothing of the
// endpoint's. Most tests connect to PostgreSQL directly, so that nothing but PostgreSQL refuses.
#include "dsql_session.hpp"
#include "postgres/control_connection.hpp"
#include "support/endpoint_process.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace endpoint_rights_test {

using namespace dsql_local_test;
using dsql_local::control_connection;

std::filesystem::path postgres_socket(const endpoint_process& served) {
    return std::filesystem::path(served["DSQL_LOCAL_ADMIN_SOCKET"]).parent_path() / ".s.PGSQL.5432";
}

// Returns the error of a statement; empty if there is none.
std::string error_of(control_connection& connection, const std::string& sql) {
    try {
        connection.query(sql);
        return "";
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

class endpoint_rights : public testing::Test {
protected:
    static void SetUpTestSuite() {
        served_ = std::make_unique<endpoint_process>();
        control_connection admin(postgres_socket(*served_), "admin");
        admin.query("CREATE TABLE book (id int PRIMARY KEY, title text)");
    }
    static void TearDownTestSuite() { served_.reset(); }

    std::string ask(const std::string& sql) { return superuser_.query(sql).at(0).at(0); }

    bool admin_is_ordinary() {
        return ask("SELECT rolsuper OR rolreplication OR rolbypassrls OR rolcreatedb FROM pg_roles "
                   "WHERE rolname = 'admin'") == "f" &&
               ask("SELECT count(*) FROM pg_auth_members WHERE member = 'admin'::regrole AND "
                   "roleid < 16384") == "0";
    }

    static std::unique_ptr<endpoint_process> served_;
    control_connection admin_{postgres_socket(*served_), "admin"};
    control_connection superuser_{postgres_socket(*served_)};
};

std::unique_ptr<endpoint_process> endpoint_rights::served_;

// Files and programs of the machine.
const std::vector<std::string> ways_out = {
    "COPY book FROM '/etc/passwd'",
    "COPY (SELECT 1) TO '/tmp/dsql-local-copied'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY book FROM PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT pg_stat_file('.')",
    "SELECT pg_ls_logdir()",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_export(1, '/tmp/dsql-local-exported')",
    "LOAD 'auto_explain'",
    "LOAD '/tmp/library.so'",
    "SET session_preload_libraries = 'auto_explain'",
    "SET dynamic_library_path = '/tmp'",
    "SET log_statement = 'all'",
    "CREATE EXTENSION pgcrypto",
    "CREATE EXTENSION plperl",
    "CREATE EXTENSION file_fdw",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/library.so'",
    "CREATE FUNCTION f(cstring) RETURNS int LANGUAGE internal AS 'int4in'",
    "CREATE LANGUAGE plperlu",
    "ALTER SYSTEM SET archive_command = 'true'",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT pg_switch_wal()",
    "CREATE TABLESPACE t LOCATION '/tmp'",
    "CREATE SUBSCRIPTION s CONNECTION 'host=/tmp' PUBLICATION p",
    "CREATE FOREIGN DATA WRAPPER w",
    "SELECT pg_create_physical_replication_slot('s')",
    "CHECKPOINT",
};

// The rights of PostgreSQL's superuser.
const std::vector<std::string> ways_up = {
    "GRANT pg_execute_server_program TO admin",
    "GRANT pg_read_server_files TO admin",
    "GRANT pg_write_server_files TO admin",
    "GRANT pg_signal_backend TO admin",
    "GRANT pg_checkpoint TO admin",
    "GRANT pg_monitor TO admin",
    "GRANT pg_read_all_data TO admin",
    "GRANT pg_dsql_local TO admin",
    "CREATE ROLE r IN ROLE pg_execute_server_program",
    "CREATE ROLE r IN ROLE pg_dsql_local",
    "DO $$ BEGIN EXECUTE 'GRANT pg_execute_server_program TO admin'; END $$",
    "SET ROLE pg_dsql_local",
    "SET ROLE pg_execute_server_program",
    "SET SESSION AUTHORIZATION pg_dsql_local",
    "ALTER ROLE admin SUPERUSER",
    "ALTER ROLE admin REPLICATION",
    "ALTER ROLE admin BYPASSRLS",
    "CREATE ROLE r SUPERUSER",
    "CREATE ROLE pg_r",
    "ALTER ROLE pg_dsql_local PASSWORD 'known'",
    "ALTER ROLE pg_dsql_local NOLOGIN",
    "ALTER ROLE pg_dsql_local SET search_path = public",
    "ALTER ROLE pg_dsql_local RENAME TO r",
    "DROP ROLE pg_dsql_local",
    "DROP OWNED BY pg_dsql_local",
    "REASSIGN OWNED BY pg_dsql_local TO admin",
    "SELECT count(*) FROM pg_authid",
    "UPDATE pg_authid SET rolsuper = true",
    "UPDATE pg_proc SET prosecdef = true",
    "INSERT INTO pg_auth_members VALUES (1, 2, 3, true)",
    "SET allow_system_table_mods = on",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pg_dsql_local'",
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'pg_dsql_local'",
};

// What belongs to the endpoint.
const std::vector<std::string> ways_in = {
    "DROP SCHEMA sys CASCADE",
    "ALTER SCHEMA sys RENAME TO other",
    "CREATE TABLE sys.mine (id int)",
    "DROP VIEW sys.jobs",
    "ALTER VIEW sys.jobs OWNER TO admin",
    "CREATE OR REPLACE VIEW sys.jobs AS SELECT 1",
    "DROP PROCEDURE sys.wait_for_job(text)",
    "CREATE OR REPLACE PROCEDURE sys.wait_for_job(id text, INOUT is_built boolean DEFAULT NULL) "
    "LANGUAGE sql AS 'SELECT true'",
    "CREATE TABLE pg_catalog.mine (id int)",
    "CREATE FUNCTION pg_catalog.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP FUNCTION pg_catalog.dsql_local_count_writes() CASCADE",
    "ALTER FUNCTION pg_catalog.dsql_local_count_writes() OWNER TO admin",
    "ALTER FUNCTION pg_catalog.dsql_local_count_writes() RENAME TO mine",
    "CREATE OR REPLACE FUNCTION pg_catalog.dsql_local_limit(name text) RETURNS bigint "
    "LANGUAGE sql AS 'SELECT 1::bigint'",
    "DROP EVENT TRIGGER dsql_local_limits",
    "ALTER EVENT TRIGGER dsql_local_limits DISABLE",
    "CREATE EVENT TRIGGER mine ON sql_drop EXECUTE FUNCTION pg_catalog.dsql_local_check_ddl()",
    "DROP EXTENSION plpgsql CASCADE",
    "ALTER EXTENSION plpgsql DROP EVENT TRIGGER dsql_local_limits",
    "DROP TRIGGER dsql_local_insert ON book",
    "ALTER TABLE book DISABLE TRIGGER dsql_local_insert",
    "ALTER TABLE book DISABLE TRIGGER ALL",
    "SELECT count(*) FROM pg_catalog.dsql_local_jobs",
    "DELETE FROM pg_catalog.dsql_local_jobs",
    "INSERT INTO pg_catalog.dsql_local_role_mappings (arn, pg_role_oid, grantor_pg_role_oid) "
    "VALUES ('arn', 1, 1)",
    "INSERT INTO pg_catalog.dsql_local_oversized DEFAULT VALUES",
    "SELECT pg_catalog.dsql_local_run_job()",
    "SELECT pg_catalog.dsql_local_build_index('pg_class_oid_index', false)",
    "SELECT pg_catalog.dsql_local_add_index_job('pg_class_oid_index'::regclass, false)",
    "SELECT pg_catalog.dsql_local_mark_constraint(1, true)",
    "SELECT pg_catalog.dsql_local_watch_table('book')",
    "CALL pg_catalog.dsql_local_set_iam_grant('pg_dsql_local', 'arn', true)",
    "CALL pg_catalog.dsql_local_set_iam_grant('pg_read_server_files', 'arn', true)",
};

TEST_F(endpoint_rights, admin_gets_no_further_than_its_database) {
    for (const auto& attempts : {ways_out, ways_up, ways_in}) {
        for (const std::string& sql : attempts) {
            const std::string error = error_of(admin_, sql);
            EXPECT_NE(error, "") << sql;
            EXPECT_EQ(error.find("syntax error"), std::string::npos) << sql << ": " << error;
            EXPECT_EQ(error.find("closed the connection"), std::string::npos) << sql;
        }
    }
    EXPECT_TRUE(admin_is_ordinary());
    EXPECT_EQ(ask("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'public.book'::regclass"), "3");
}

TEST_F(endpoint_rights, admin_owns_the_database) {
    for (const char* sql :
         {"CREATE ROLE app LOGIN", "ALTER ROLE app PASSWORD 'x'", "CREATE SCHEMA shop",
          "CREATE TABLE shop.t (id int PRIMARY KEY)", "CREATE TABLE public.t (id int)",
          "CREATE VIEW shop.v AS SELECT * FROM shop.t", "CREATE SEQUENCE shop.s CACHE 1",
          "CREATE DOMAIN shop.d AS int", "GRANT USAGE ON SCHEMA shop TO app",
          "GRANT ALL ON ALL TABLES IN SCHEMA shop TO app", "GRANT app TO admin",
          "CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "ANALYZE",
          "CALL pg_catalog.dsql_local_set_iam_grant('app', 'arn:x', true)",
          "SELECT * FROM sys.jobs; SELECT * FROM sys.iam_pg_role_mappings",
          "COMMENT ON TABLE shop.t IS 'x'", "DROP SCHEMA shop CASCADE; DROP TABLE public.t",
          "SELECT pg_terminate_backend(0), pg_cancel_backend(0)", "DROP ROLE app"}) {
        EXPECT_EQ(error_of(admin_, sql), "") << sql;
    }
}

// A function of admin's that runs within the endpoint's own sessions does so with admin's rights.
TEST_F(endpoint_rights, a_function_in_an_index_gets_no_rights_from_the_job) {
    for (const char* attack :
         {"ALTER ROLE admin SUPERUSER", "RESET ROLE; ALTER ROLE admin SUPERUSER",
          "RESET SESSION AUTHORIZATION; ALTER ROLE admin SUPERUSER",
          "GRANT pg_execute_server_program TO admin"}) {
        admin_.query(
            "CREATE FUNCTION hook(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN "
            "IF session_user = 'pg_dsql_local' THEN " +
            std::string(attack) + "; END IF; RETURN id; END $$");
        // Functions run when an index is built, and those of constants when it is planned.
        for (const char* index : {"ON bait (hook(id))", "ON bait ((hook(1) + id))",
                                  "ON bait (id) WHERE hook(1) > 0 AND id > 0"}) {
            admin_.query("CREATE TABLE bait (id int); INSERT INTO bait VALUES (1)");
            const auto job = admin_.query("CALL pg_catalog.dsql_local_create_index('CREATE INDEX " +
                                          std::string(index) + "', 'bait', true)");
            const std::string id = job.at(0).at(0);
            EXPECT_EQ(admin_.query("CALL sys.wait_for_job('" + id + "')").at(0).at(0), "f")
                << index << ": " << attack;
            EXPECT_TRUE(admin_is_ordinary()) << index << ": " << attack;
            admin_.query("DROP TABLE bait");
        }
        admin_.query("DROP FUNCTION hook(int)");
    }
}

// PostgreSQL looks into pg_temp first, unless a search_path names it.
TEST_F(endpoint_rights, temporary_objects_do_not_stand_in_for_the_catalogue) {
    admin_.query("CREATE ROLE temporary LOGIN");
    admin_.query(
        "CREATE FUNCTION public.trap() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN "
        "IF current_user = 'pg_dsql_local' THEN ALTER ROLE admin SUPERUSER; END IF; "
        "RETURN true; END $$");
    for (const char* name : {"pg_class", "pg_roles", "pg_index", "pg_constraint", "dsql_local_jobs",
                             "dsql_local_role_mappings", "dsql_local_oversized", "pg_trigger",
                             "pg_namespace", "pg_statistic_ext", "pg_proc"}) {
        admin_.query("CREATE TEMP VIEW " + std::string(name) + " AS SELECT * FROM pg_catalog." +
                     (std::string(name).starts_with("dsql") ? "pg_class" : name) +
                     " WHERE public.trap()");
    }
    for (const char* sql :
         {"CREATE TABLE public.shadowed (id int PRIMARY KEY)",
          "CALL pg_catalog.dsql_local_create_index('CREATE INDEX ON public.shadowed (id)', "
          "'public.shadowed', false)",
          "CALL pg_catalog.dsql_local_set_iam_grant('temporary', 'arn', true)",
          "CALL pg_catalog.dsql_local_set_iam_grant('temporary', 'arn', false)",
          "SELECT count(*) FROM sys.jobs", "INSERT INTO public.shadowed VALUES (1)",
          "DROP TABLE public.shadowed"}) {
        EXPECT_EQ(error_of(admin_, sql), "") << sql;
    }
    EXPECT_TRUE(admin_is_ordinary());
    admin_.query("DISCARD TEMP; DROP FUNCTION public.trap(); DROP ROLE temporary");
}

// The owner of a database can give its sessions other settings, those of the superuser too.
TEST_F(endpoint_rights, settings_of_the_database_do_not_affect_our_sessions) {
    admin_.query("CREATE SCHEMA fake; CREATE VIEW fake.pg_locks AS SELECT 1");
    admin_.query("ALTER DATABASE postgres SET search_path = fake, pg_catalog");
    EXPECT_EQ(error_of(admin_, "ALTER DATABASE postgres SET role = 'admin'"), "");
    control_connection fresh(postgres_socket(*served_));
    EXPECT_EQ(fresh.query("SHOW search_path").at(0).at(0), "pg_catalog, pg_temp");
    EXPECT_EQ(fresh.query("SELECT current_user").at(0).at(0), "pg_dsql_local");
    admin_.query("ALTER DATABASE postgres RESET ALL; DROP SCHEMA fake CASCADE");
}

TEST_F(endpoint_rights, nobody_logs_in_as_a_role_of_postgresql) {
    for (const char* role : {"pg_dsql_local", "pg_execute_server_program", "dsql_local"}) {
        EXPECT_THROW(dsql_session(*served_, role), std::runtime_error) << role;
    }
    const std::filesystem::path directory = postgres_socket(*served_).parent_path();
    EXPECT_EQ(std::filesystem::status(directory).permissions(), std::filesystem::perms::owner_all);
}

// In clusters of version 2 of the schema, admin was PostgreSQL's first superuser.
TEST(endpoint_migration, a_cluster_whose_superuser_was_admin_is_updated) {
    const dsql_local::temporary_directory parent("/tmp");
    chmod(parent.path().c_str(), 0755);
    const std::string directory = (parent.path() / "kept").string();
    {
        const endpoint_process served({"--data-directory", directory});
        control_connection connection(postgres_socket(served));
        connection.query(
            "CREATE ROLE app LOGIN; CREATE SCHEMA shop; CREATE TABLE shop.book (id int PRIMARY "
            "KEY, "
            "n bigint GENERATED ALWAYS AS IDENTITY, title text); CREATE VIEW shop.all_books AS "
            "TABLE "
            "shop.book; CREATE SEQUENCE shop.numbers; CREATE DOMAIN shop.price AS int; CREATE "
            "FUNCTION "
            "shop.f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'; GRANT SELECT ON shop.book TO "
            "app");
        connection.query(
            "CREATE SCHEMA dsql_local; CREATE ROLE dsql_local_granted; GRANT dsql_local_granted TO "
            "app; "
            "CREATE TABLE dsql_local.role_mappings (iam_oid int, arn text, pg_role_oid oid, "
            "grantor_pg_role_oid oid); INSERT INTO dsql_local.role_mappings VALUES (16384, "
            "'arn:x', "
            "'app'::regrole, 10)");
        connection.query(
            "SET allow_system_table_mods = on; UPDATE pg_authid SET rolname = 'other' WHERE "
            "rolname = "
            "'admin'; UPDATE pg_authid SET rolname = 'admin' WHERE oid = 10");
    }
    ASSERT_EQ(unlink((directory + "/data/dsql-local.schema").c_str()), 0);
    const endpoint_process again({"--data-directory", directory});
    dsql_session admin(again);
    EXPECT_EQ(admin.must("SELECT count(*) FROM pg_roles WHERE rolname = 'admin' AND NOT rolsuper"),
              "1");
    admin.must("INSERT INTO shop.book VALUES (1)");
    EXPECT_EQ(admin.must("SELECT count(*) FROM shop.all_books"), "1");
    admin.must("ALTER SEQUENCE shop.numbers RENAME TO others");
    admin.must("ALTER DOMAIN shop.price SET NOT NULL");
    admin.must("DROP FUNCTION shop.f(int)");
    EXPECT_EQ(admin.must("SELECT concat(arn, pg_role_name, grantor_pg_role_name) "
                         "FROM sys.iam_pg_role_mappings"),
              "arn:xappadmin");
    EXPECT_EQ(admin.must("SELECT count(*) FROM pg_namespace WHERE nspname = 'dsql_local'"), "0");
    {
        dsql_session app(again, "app");
        EXPECT_EQ(app.query("SELECT count(*) FROM shop.book").sqlstate, "42501") << "of the schema";
    }
    EXPECT_EQ(admin.query("INSERT INTO shop.book SELECT generate_series(2, 3002)").sqlstate,
              "54000");
    admin.must("DROP SCHEMA shop CASCADE");
}

TEST_F(endpoint_rights, event_triggers_of_the_endpoint_are_hidden) {
    EXPECT_NE(ask("SELECT count(*) FROM pg_event_trigger"), "0");
    dsql_session admin(*served_);
    for (const char* sql : {"SELECT * FROM pg_event_trigger", "TABLE pg_catalog.pg_event_trigger",
                            "SELECT tableoid, e.* FROM pg_event_trigger AS e ORDER BY oid"}) {
        for (const query_result& shown : {admin.query(sql), admin.execute(sql)}) {
            EXPECT_EQ(shown.tags, "SELECT 0") << sql;
            EXPECT_EQ(shown.sqlstate, "") << sql;
        }
    }
    EXPECT_EQ(admin.query("SELECT * FROM dsql_local_event_trigger").sqlstate, "42501");
}

TEST_F(endpoint_rights, psql_shows_nothing_of_ours) {
    std::string script;
    for (const char* command :
         {"\\d",   "\\d+",  "\\d book", "\\d+ book", "\\dn", "\\dn+", "\\df",
          "\\dx",  "\\dT",  "\\du",     "\\dt",      "\\di", "\\ds",  "\\dv",
          "\\dp",  "\\dD",  "\\do",     "\\da",      "\\l",  "\\dX",  "\\drds",
          "\\ddp", "\\dRp", "\\dL",     "\\dc",      "\\dO", "\\dF",  "\\dconfig"}) {
        script += " -c '" + std::string(command) + "'";
    }
    program shown({"run", "--", "sh", "-c",
                   "psql -Xqc 'CREATE TABLE book (id int PRIMARY KEY, title text)' && "
                   "psql -X --set=ON_ERROR_STOP=1" +
                       script +
                       " && pg_dump -s 2>&1 | sed "
                       "'/SCHEMA sys/,$d'"});
    EXPECT_EQ(shown.wait(), 0) << shown.output();
    EXPECT_NE(shown.output().find("book_pkey"), std::string::npos);
    EXPECT_EQ(shown.output().find("dsql_local_"), std::string::npos) << shown.output();
    EXPECT_EQ(shown.output().find("Triggers"), std::string::npos) << shown.output();
}

}  // namespace endpoint_rights_test
