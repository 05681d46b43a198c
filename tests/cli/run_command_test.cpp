// SPDX-License-Identifier: Apache-2.0
#include "served_command.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace run_command_test {

class RunCommand : public ServedCommand {
protected:
    // Runs it again and again, while faults strike, until it succeeds. Returns the last result.
    command_result run_until_done(const std::string& arguments) const {
        command_result result;
        for (int attempt = 0; attempt < 20 && result.status != 0; ++attempt) {
            result = dsql("run " + arguments);
        }
        return result;
    }
};

TEST_F(RunCommand, RunsEachStatementAsDsqlWantsItAndOnlyOnce) {
    write("first.sql",
          "CREATE TABLE first (id int PRIMARY KEY, name text);\n"
          "CREATE INDEX ASYNC first_by_name ON first (name);\n"
          "BEGIN;\nINSERT INTO first VALUES (1, 'a;b');\nINSERT INTO first VALUES (2, $$;$$);\n"
          "COMMIT;\n"
          "INSERT INTO first SELECT n FROM generate_series(3, 5) AS n;\n"
          "ALTER TABLE first ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;\n"
          "ALTER TABLE ASYNC first VALIDATE CONSTRAINT positive;\n");
    const auto result = dsql("run first.sql");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output.find("first.sql:1: CREATE TABLE\nfirst.sql:2: job "), 0U)
        << result.output;
    expect_part(result.output,
                " is completed\nfirst.sql:3: COMMIT (INSERT 0 1, INSERT 0 1)\n"
                "first.sql:7: INSERT 0 3\nfirst.sql:8: ALTER TABLE\n"
                "first.sql:9: job ");
    const auto again = dsql("run first.sql");
    EXPECT_EQ(again.status, 0) << again.errors;
    EXPECT_EQ(again.output, "first.sql: 6 steps applied before, nothing to do\n");
    EXPECT_EQ(psql("SELECT count(*) FROM first"), "5\n");
    EXPECT_EQ(psql("SELECT count(*), count(*) FILTER (WHERE state = 'done') FROM dsql_run WHERE "
                   "script = 'first.sql'"),
              "6|6\n");
    // From elsewhere it is the same script.
    EXPECT_EQ(dsql("run ./first.sql").output,
              "./first.sql: 6 steps applied before, nothing to do\n");
    EXPECT_EQ(dsql("run --no-state first.sql").status, 1);
}

TEST_F(RunCommand, AScriptMayGrowButNotChange) {
    write("grown.sql",
          "CREATE TABLE grown (id int);\n-- a comment\nINSERT INTO grown VALUES (1);\n");
    EXPECT_EQ(dsql("run grown.sql").status, 0);
    write("grown.sql",
          "CREATE TABLE grown (id int);\r\n\r\nINSERT INTO grown VALUES (1);\r\n"
          "INSERT INTO grown VALUES (2);\r\n");
    EXPECT_EQ(dsql("run grown.sql").output,
              "grown.sql: 2 steps applied before\ngrown.sql:4: INSERT 0 1\n");
    write("grown.sql", "CREATE TABLE grown (id int);\n  INSERT INTO grown VALUES (7);\n");
    const auto changed = dsql("run grown.sql");
    EXPECT_EQ(changed.status, 1);
    expect_part(changed.errors, "dsql: grown.sql:2:3: step 2 has another text than when it was ");
    write("grown.sql", "CREATE TABLE grown (id int);\n");
    expect_part(dsql("run grown.sql").errors,
                "dsql: grown.sql:1:1: step 2 is not in the script any more, and was applied on 20");
    EXPECT_EQ(psql("SELECT sum(id) FROM grown"), "3\n");
}

TEST_F(RunCommand, AnErrorSaysWhereAndWhatWasApplied) {
    write("wrong.sql",
          "CREATE TABLE wrong (id int PRIMARY KEY, name text);\n"
          "INSERT INTO wrong\n  VALUES (1, '\xc3\xa4'), (2, nosuch);\nINSERT INTO wrong VALUES "
          "(3);\n");
    const auto result = dsql("run wrong.sql");
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "wrong.sql:1: CREATE TABLE\n");
    EXPECT_EQ(result.errors,
              "dsql: wrong.sql:3:24: column \"nosuch\" does not exist (SQLSTATE 42703)\n"
              "  INSERT INTO wrong VALUES (1, '\xc3\xa4'), (2, nosuch)\n"
              "  what is before it has been applied and is recorded: mend this, and run the script "
              "again\n");
    // What failed is not recorded and may change.
    write("wrong.sql",
          "CREATE TABLE wrong (id int PRIMARY KEY, name text);\nINSERT INTO wrong VALUES (2);\n");
    EXPECT_EQ(dsql("run wrong.sql").status, 0);
    EXPECT_EQ(psql("SELECT string_agg(id::text, ',') FROM wrong"), "2\n");
    // DDL that was refused is not taken for one that was applied.
    for (int attempt = 0; attempt < 2; ++attempt) {
        write("refused.sql", "CREATE TABLE wrong (id int);");
        expect_part(dsql("run refused.sql").errors, "already exists (SQLSTATE 42P07)");
    }
}

TEST_F(RunCommand, RefusesAScriptBeforeItRunsAnythingOfIt) {
    write("meta.sql", "CREATE TABLE meta (id int);\n\\copy meta from 'x'\n");
    const auto result = dsql("run meta.sql");
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "");
    expect_part(result.errors, "dsql: meta.sql:2:1: \"\\\" begins a command of psql");
    write("open.sql", "CREATE TABLE meta (id int);\nBEGIN;\nINSERT INTO meta VALUES (1);\n");
    expect_part(dsql("run meta.sql open.sql").errors, "meta.sql:2:1");
    expect_part(dsql("run open.sql").errors, "open.sql:2:1: the block that begins here");
    EXPECT_EQ(dsql("run nosuch.sql").errors,
              "dsql: cannot read nosuch.sql: No such file or directory\n");
    EXPECT_EQ(dsql("run .").errors, "dsql: cannot read .: it is a directory\n");
    expect_part(dsql("run open.sql ./open.sql").errors, "open.sql:2:1");
    write("same.sql", "SELECT 1;");
    expect_part(dsql("run same.sql ./same.sql").errors, "two scripts are called same.sql");
    EXPECT_EQ(dsql("run").status, 2);
    EXPECT_EQ(dsql("run same.sql --state-table 'a;b'").status, 2);
    expect_part(dsql("run same.sql --state-table nosuch.applied").errors,
                "dsql: the table that records what was applied: schema \"nosuch\" does not exist "
                "(SQLSTATE 3F000)\n  name a table");
    EXPECT_EQ(psql("SELECT count(*) FROM pg_class WHERE relname = 'meta'"), "0\n");
}

TEST_F(RunCommand, StandardInputAndCommandsAreNotRecorded) {
    for (int i = 0; i < 2; ++i) {
        const auto piped = dsql("run - <<'X'\nSELECT 1;\nX\n");
        EXPECT_EQ(piped.output, "standard input:1: SELECT 1\n") << piped.errors;
        const auto command =
            dsql("run -c 'SHOW search_path; SELECT 1, 2' -c 'SELECT 1 WHERE false'");
        EXPECT_EQ(command.output, "-c:1: SHOW\n-c:1: SELECT 1\n-c:1: SELECT 0\n") << command.errors;
    }
}

// Silence would look like success.
TEST_F(RunCommand, AScriptWithoutStatementsSaysSo) {
    for (const char* const script : {"", "-- nothing\n;;", "BEGIN; COMMIT;"}) {
        write("empty.sql", script);
        EXPECT_EQ(dsql("run empty.sql").output, "empty.sql: no statements\n") << script;
        EXPECT_EQ(dsql("run --dry-run empty.sql").output, "-- empty.sql: no statements\n");
    }
    EXPECT_EQ(dsql("run - < /dev/null").output, "standard input: no statements\n");
}

TEST_F(RunCommand, ADryRunIsSqlThatOnlyShows) {
    const std::string script =
        "SET search_path = public;\nCREATE TABLE dry (id int);\nBEGIN;\nINSERT INTO dry VALUES "
        "(1);\nCOMMIT;\n";
    write("dry.sql", script);
    const auto result = dsql("run --dry-run --state-table dry_state dry.sql");
    EXPECT_EQ(result.status, 0) << result.errors;
    std::istringstream lines(result.output);
    std::string statements;
    for (std::string line; std::getline(lines, line);) {
        statements += line.starts_with("--") ? "" : line + '\n';
    }
    EXPECT_EQ(statements, script);
    expect_part(result.output, "-- dry.sql:2:1: alone");
    EXPECT_EQ(psql("SELECT count(*) FROM pg_class WHERE relname IN ('dry', 'dry_state')"), "0\n");
    environment_.unset("CLUSTER_ENDPOINT");
    expect_part(dsql("run --dry-run --no-state dry.sql").output, "CREATE TABLE dry (id int);\n");
    expect_part(dsql("run --dry-run --no-state -c 'SELECT 1'").output,
                "-- -c:1:1: a transaction\nSELECT 1;\n");
    EXPECT_EQ(dsql("run --dry-run dry.sql").status, 2);
    environment_.set("CLUSTER_ENDPOINT", (*endpoint_)["CLUSTER_ENDPOINT"]);
    EXPECT_EQ(dsql("run dry.sql").status, 0);
    EXPECT_EQ(dsql("run --dry-run dry.sql").output,
              "-- dry.sql: 2 steps applied before, nothing to do\n");
}

// As a process leaves it that was killed between a change of the schema and its record.
TEST_F(RunCommand, TakesWhatExistsForDoneIfItWasStarted) {
    write("killed.sql",
          "CREATE TABLE killed (id int);\nCREATE INDEX ASYNC killed_by_id ON killed (id);\n"
          "CREATE SCHEMA killed;\n");
    write("renamed.sql", "ALTER TABLE killed RENAME COLUMN id TO number;\n");
    ASSERT_EQ(dsql("run killed.sql").status, 0);
    EXPECT_EQ(psql("UPDATE dsql_run SET state = 'started' WHERE script = 'killed.sql'"), "");
    const auto result = dsql("run killed.sql renamed.sql");
    EXPECT_EQ(result.status, 0) << result.errors;
    expect_part(result.output,
                "killed.sql:1: applied by an earlier attempt: relation \"killed\" already exists\n"
                "killed.sql:2: job ");
    expect_part(result.output, "is completed\nkilled.sql:3: applied by an earlier attempt");
    EXPECT_EQ(psql("UPDATE dsql_run SET state = 'started' WHERE script = 'renamed.sql'"), "");
    EXPECT_EQ(dsql("run renamed.sql").output,
              "renamed.sql:1: applied by an earlier attempt: column \"id\" does not exist\n");
    EXPECT_EQ(psql("SELECT DISTINCT state FROM dsql_run WHERE script IN ('killed.sql', "
                   "'renamed.sql')"),
              "done\n");
}

TEST_F(RunCommand, AJobThatFailsIsAnError) {
    write("job.sql",
          "CREATE TABLE job (id int);\nINSERT INTO job VALUES (1), (1);\n"
          "CREATE UNIQUE INDEX ASYNC job_by_id ON job (id);\nSELECT 1;\n");
    const auto result = dsql("run job.sql");
    EXPECT_EQ(result.status, 1);
    expect_part(result.errors, "dsql: job.sql:3:1: ");
    expect_part(result.errors, "could not create unique index \"job_by_id\"");
    expect_part(result.errors, "DROP INDEX");
    expect_part(dsql("run job.sql").errors, "is invalid");
    EXPECT_EQ(psql("DROP INDEX job_by_id; DELETE FROM job"), "");
    EXPECT_EQ(dsql("run job.sql").status, 0);
}

// IF NOT EXISTS alone would take the invalid index for done.
TEST_F(RunCommand, AnInvalidIndexIsNotDone) {
    EXPECT_EQ(psql("CREATE TABLE invalid (id int)"), "");
    EXPECT_EQ(psql("INSERT INTO invalid VALUES (1), (1)"), "");
    expect_part(dsql("run -c 'CREATE UNIQUE INDEX ASYNC Invalid_Id ON invalid (id)'").errors,
                "could not create unique index");
    write("invalid.sql", "CREATE UNIQUE INDEX ASYNC IF NOT EXISTS Invalid_Id ON invalid (id);\n");
    for (int i = 0; i < 2; ++i) {
        const auto result = dsql("run invalid.sql");
        EXPECT_EQ(result.status, 1) << result.output;
        expect_part(result.errors, "the index is invalid");
    }
    EXPECT_EQ(psql("DROP INDEX invalid_id"), "");
    EXPECT_EQ(psql("DELETE FROM invalid"), "");
    EXPECT_EQ(dsql("run invalid.sql").status, 0);
}

TEST_F(RunCommand, SettingsCountForWhatFollowsThem) {
    EXPECT_EQ(psql("CREATE SCHEMA other"), "");
    write("settings.sql",
          "SET search_path = other;\nCREATE TABLE here (id int);\n"
          "INSERT INTO here VALUES (1);\n");
    EXPECT_EQ(dsql("run settings.sql").status, 0);
    write("settings.sql",
          "SET search_path = other;\nCREATE TABLE here (id int);\n"
          "INSERT INTO here VALUES (1);\nINSERT INTO here VALUES (2);\n");
    write("after.sql", "CREATE TABLE there (id int);\n");
    // The connection is cut after the setting, and the next one has it too.
    faults_.set("cut-before-commit times=1");
    const auto result = dsql("run settings.sql after.sql");
    EXPECT_EQ(result.output,
              "settings.sql: 2 steps applied before\nsettings.sql:1: SET\n"
              "settings.sql:4: INSERT 0 1\nafter.sql:1: CREATE TABLE\n")
        << result.errors;
    EXPECT_EQ(psql("SELECT sum(id) FROM other.here; SELECT count(*) FROM public.there"), "3\n0\n");
}

// Each of these statements, if it were run twice, would show.
std::string script_of(const std::string& table) {
    std::string script = "CREATE TABLE " + table + " (id uuid DEFAULT gen_random_uuid(), n int);\n";
    for (int i = 1; i <= 6; ++i) {
        const std::string number = std::to_string(i);
        script += i % 3 == 0 ? "BEGIN; INSERT INTO " + table + " (n) VALUES (" + number +
                                   "); UPDATE " + table + " SET n = n + 100; COMMIT;\n"
                             : "INSERT INTO " + table + " (n) VALUES (" + number + ");\n";
        script +=
            i % 3 == 0 ? "CREATE INDEX ASYNC " + table + number + " ON " + table + " (n);\n" : "";
    }
    return script;
}

constexpr const char* all_of_it = "6|921|2\n";

std::string content_of(const std::string& table) {
    return "SELECT count(*), sum(n), (SELECT count(*) FROM pg_index WHERE indisvalid AND indrelid "
           "= '" +
           table + "'::regclass) FROM " + table;
}

TEST_F(RunCommand, FaultsLoseAndDoubleNothing) {
    int number = 0;
    for (const std::vector<std::string>& faults : std::vector<std::vector<std::string>>{
             {"data-conflict probability=0.5 times=2", "schema-conflict probability=0.5 times=2",
              "cut-before-commit probability=0.5 times=2",
              "server-unavailable probability=0.2 times=1"},
             {"cut-after-commit probability=0.5 times=2",
              "server-unavailable-at-commit probability=0.5 times=2 value=committed"},
             // These strike at every response, those to DDL too.
             {"close-after value=4000 times=4"},
             {"close-after value=6000 times=4"}}) {
        const std::string table = "fault" + std::to_string(++number);
        write(table + ".sql", script_of(table));
        for (const std::string& fault : faults) {
            faults_.set(fault);
        }
        const auto result = run_until_done(table + ".sql");
        faults_.clear();
        EXPECT_EQ(result.status, 0) << faults[0] << '\n' << result.errors;
        EXPECT_EQ(psql(content_of(table)), all_of_it) << faults[0] << '\n' << result.output;
    }
}

// Of a change of the schema that both try, one fails.
TEST_F(RunCommand, TwoProcessesDoNothingTwice) {
    write("twice.sql", script_of("twice"));
    static_cast<void>(dsql("run twice.sql & " DSQL_COMMAND " run twice.sql; wait"));
    const auto result = dsql("run twice.sql");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(psql(content_of("twice")), all_of_it) << result.output;
}

// It dies while it writes the line of a step, by SIGPIPE; or wherever SIGKILL finds it.
TEST_F(RunCommand, WhatWasKilledGoesOnWhereItWas) {
    write("piped.sql", script_of("piped"));
    for (int lines = 1; lines <= 6; ++lines) {
        static_cast<void>(dsql("run piped.sql | head -n " + std::to_string(lines)));
    }
    EXPECT_EQ(dsql("run piped.sql").status, 0);
    EXPECT_EQ(psql(content_of("piped")), all_of_it);
    write("struck.sql", script_of("struck"));
    for (int i = 1; i <= 6; ++i) {
        static_cast<void>(run_command("cd " + directory_.path().string() +
                                      " && timeout -s KILL 0." + std::to_string(10 + 3 * i) +
                                      " " DSQL_COMMAND " run struck.sql"));
    }
    const auto result = dsql("run struck.sql");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(psql(content_of("struck")), all_of_it) << result.output;
}

}  // namespace run_command_test
