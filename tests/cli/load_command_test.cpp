// SPDX-License-Identifier: Apache-2.0
// `dsql load` against dsql-local: each row is loaded once, whatever strikes.
#include "load_run.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

std::unique_ptr<dsql_local_test::endpoint_process> load_fixture::endpoint_;

namespace load_command_test {

class LoadCommand : public load_fixture {
protected:
    // Rows of a table (id int, name text), sorted, as PostgreSQL's CSV writes them.
    static std::string rows_of_file(int first, int last) {
        std::string rows;
        for (int id = first; id < last; ++id) {
            const std::string number = std::to_string(id);
            rows += number +
                    (id % 3 == 0 ? ",\"a \"\"quoted\"\" name,\nof two lines " + number + "\""
                                 : ",name é " + number) +
                    "\n";
        }
        return rows;
    }
    static std::string rows_of_table(const std::string& table) {
        return psql("\\copy (SELECT id, name FROM " + table +
                    " ORDER BY id, name) TO STDOUT (FORMAT csv)");
    }
    // Shows where they differ, and not the whole of them.
    static void expect_rows(const std::string& table, const std::string& expected,
                            const std::string& what = {}) {
        const std::string found = rows_of_table(table);
        const auto differ =
            std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
        EXPECT_TRUE(found == expected)
            << what << '\n'
            << found.size() << " bytes, not " << expected.size() << "; they differ at "
            << std::string(differ.first, found.end()).substr(0, 100) << '\n'
            << psql("SELECT count(*), count(DISTINCT id) FROM " + table);
    }
    void expect_all_complete() const {
        EXPECT_EQ(psql("SELECT count(*) FROM dsql_load_ledger WHERE chunk = -1 AND NOT is_complete "
                       "AND description LIKE '%" +
                       directory_.path().string() + "%'"),
                  "0\n");
    }

    // Without a unique key, so that the table would show a row that is loaded twice.
    static void make_table(const std::string& name) {
        psql("CREATE TABLE " + name + " (id int, name text)");
    }
};

TEST_F(LoadCommand, LoadsAFileOnce) {
    make_table("once");
    const std::string rows = rows_of_file(0, 10'000);
    const std::string file = write("orders.csv", "id,name\n" + rows);
    const command_result first = load("--table once " + file);
    EXPECT_EQ(first.errors, "");
    EXPECT_EQ(first.status, 0);
    EXPECT_TRUE(first.output.starts_with(file + ": 10000 rows in public.once, in "))
        << first.output;
    expect_rows("once", rows);
    expect_all_complete();
    const command_result second = load("--table once " + file);
    EXPECT_EQ(second.status, 0);
    EXPECT_TRUE(second.output.starts_with(file + ": was loaded into public.once on 20"))
        << second.output;
    expect_rows("once", rows);
    EXPECT_EQ(load("--table once --again " + file).status, 0);
    EXPECT_EQ(psql("SELECT count(*) FROM once"), "20000\n");
    // Another file of that name is another load.
    write("orders.csv", "id,name\n1,a\n");
    EXPECT_EQ(load("--table once " + file).status, 0);
    EXPECT_EQ(psql("SELECT count(*) FROM once"), "20001\n");
}

TEST_F(LoadCommand, TakesTheColumnsFromTheHeaderOrTheOption) {
    psql("CREATE TABLE places (id int, \"Name\" text, note text DEFAULT 'none')");
    write("a.csv", "NAME,id\nfirst,1\n");
    write("b.tsv", "2\t\"sec\tond\"\n");
    write("empty.tsv", "");
    write("c.csv", "id,name\n3;'third';\n");
    write("d.copy", "4\t\\N\tback\\\\slash\n\\.\n");
    for (const char* arguments :
         {"a.csv", "--header no --columns id,Name b.tsv empty.tsv",
          "--header yes --columns id,Name,note --delimiter ';' --quote \"'\" c.csv",
          "--header no --format text d.copy"}) {
        const command_result result =
            run_command("cd " + directory_.path().string() + " && " +
                        load_command("--table places " + std::string(arguments)));
        EXPECT_EQ(result.errors, "") << arguments;
    }
    EXPECT_EQ(psql("SELECT * FROM places ORDER BY id"),
              "1|first|none\n2|sec\tond|none\n3|third|\n4||back\\slash\n");
}

TEST_F(LoadCommand, LoadsStandardInputAndDirectories) {
    make_table("several");
    const std::string first = write("2.csv", "id,name\n" + rows_of_file(0, 10));
    write("1.csv", "id,name\n" + rows_of_file(10, 20));
    const command_result directory = load("--table several " + directory_.path().string());
    EXPECT_EQ(directory.status, 0) << directory.errors;
    EXPECT_LT(directory.output.find("1.csv"), directory.output.find("2.csv"));
    const command_result input = run_command("(echo id,name; seq 20 29 | sed s/$/,x/) | " +
                                             load_command("--table several -"));
    EXPECT_EQ(input.status, 0) << input.errors;
    EXPECT_TRUE(input.output.starts_with("standard input: 10 rows in public.several, in "))
        << input.output;
    EXPECT_EQ(psql("SELECT count(*), sum(id) FROM several"), "30|435\n");
    expect_all_complete();
    EXPECT_EQ(psql("SELECT count(*) FROM dsql_load_ledger WHERE description LIKE '%\"-\"%'"),
              "0\n");
}

// Errors as people see them, with the exit status.
TEST_F(LoadCommand, SaysWhatIsWrong) {
    make_table("strict");
    const std::string file = write("orders.csv", "id,nome\n1,a\n");
    struct error_case {
        std::string arguments;
        int status;
        std::string error;
    };
    const std::vector<error_case> cases{
        {"--table strict " + file, 1,
         "dsql: " + file +
             ", header: the column \"nome\" is not in the table public.strict, which has: id, "
             "name"},
        {"--table nowhere " + file, 1, "dsql: there is no table nowhere;"},
        {"--table strict " + (directory_ / "missing.csv"), 1,
         "dsql: cannot read " + (directory_ / "missing.csv") + ": No such file or directory"},
        {"--table strict orders.parquet", 1, "dsql: orders.parquet: Parquet cannot be loaded"},
        {"--table a.b.c " + file, 2, "dsql: expected a table's name, or schema.name, not"},
        {"--table strict --columns id " + file, 2, "dsql: --columns: with --header match"},
        {"--table strict --delimiter ab " + file, 2, "dsql: --delimiter: expected one character"},
        {"--table strict --quote , " + file, 2, "dsql: --quote: is the same character as"},
        {"--table strict --max-rejected 5 " + file, 2, "dsql: "},
        {"--table strict --rows-per-transaction 3000 " + file, 2, "dsql: "}};
    for (const error_case& each : cases) {
        const command_result result = load(each.arguments);
        EXPECT_EQ(result.status, each.status) << each.arguments;
        EXPECT_TRUE(result.errors.starts_with(each.error)) << result.errors;
    }
}

TEST_F(LoadCommand, GoesOnAfterARowThatIsWrong) {
    psql("CREATE TABLE keyed (id int PRIMARY KEY, name varchar(40))");
    std::string text = "id,name\n" + rows_of_file(0, 3'000);
    text += "3000\n";                                      // too few columns
    text += "x,not a number\n";                            // 22P02
    text += "3001,\"a\n" + std::string(50, 'b') + "\"\n";  // 22001
    text += "3002,\xff\n";                                 // not UTF-8
    text += rows_of_file(3'003, 6'000);
    text += "17,twice\n";  // 23505
    text += ",null\n";     // 23502
    const std::string file = write("orders.csv", text);
    const command_result strict = load("--table keyed " + file);
    EXPECT_EQ(strict.status, 1);
    EXPECT_NE(strict.errors.find("--max-rejected allows 0 rows."), std::string::npos)
        << strict.errors;
    const std::string rejected = directory_ / "rejected.csv";
    const command_result lenient =
        load("--table keyed --max-rejected 6 --rejected " + rejected + " " + file);
    EXPECT_EQ(lenient.status, 0) << lenient.errors;
    EXPECT_NE(lenient.output.find("5997 rows in public.keyed"), std::string::npos)
        << lenient.output;
    EXPECT_NE(lenient.output.find("; 6 rejected"), std::string::npos) << lenient.output;
    EXPECT_EQ(psql("SELECT count(*), count(DISTINCT id), sum(id) FROM keyed"),
              "5997|5997|17987997\n");
    std::string shown = read(rejected);
    std::replace(shown.begin(), shown.end(), '\xff', '?');
    write("rejected.csv", shown);
    psql("CREATE TABLE seen (file text, line int, sqlstate text, reason text, row text)");
    psql("\\copy seen FROM '" + rejected + "' (FORMAT csv, HEADER)");
    EXPECT_EQ(psql("SELECT line - 4000, sqlstate, left(reason, 30) FROM seen ORDER BY line"),
              "2||it has 1 column instead of 2\n3|22P02|invalid input syntax for type \n"
              "4|22001|value too long for type charac\n6||byte 6 of the row is not UTF-8\n"
              "4003|23505|duplicate key value violates u\n"
              "4004|23502|null value in column \"id\" of r\n");
}

// The server takes such a line for the end of the data, and reports no error: the number of rows
// shows it, and no line of an error leads to the row.
TEST_F(LoadCommand, ARowThatOnlyTheNumberOfRowsShowsIsFound) {
    psql("CREATE TABLE single (name text)");
    std::string text = "name\n";
    for (int id = 0; id < 1'000; ++id) {
        text += id == 333 ? "\\.\n" : "name " + std::to_string(id) + "\n";
    }
    const std::string file = write("names.csv", text);
    const std::string rejected = directory_ / "rejected.csv";
    const command_result result =
        load("--table single --max-rejected 1 --rejected " + rejected + " " + file);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(psql("SELECT count(*), count(DISTINCT name) FROM single"), "999|999\n");
    EXPECT_NE(read(rejected).find("names.csv\",335,,\"the server took 0 rows of 1;"),
              std::string::npos)
        << read(rejected);
}

TEST_F(LoadCommand, RefusesAFileThatHasChangedSinceItsLoadBegan) {
    make_table("changing");
    const std::string rows = "id,name\n" + rows_of_file(0, 6'000);
    const std::string file = write("orders.csv", rows + "x,y\n");
    EXPECT_EQ(load("--table changing " + file).status, 1);
    const command_result other = load("--table changing --rows-per-transaction 100 " + file);
    EXPECT_EQ(other.status, 1);
    EXPECT_NE(other.errors.find("--rows-per-transaction was another one"), std::string::npos)
        << other.errors;
    write("orders.csv", rows + "xyz,y\n");
    const command_result changed = load("--table changing " + file);
    EXPECT_EQ(changed.status, 1);
    EXPECT_NE(changed.errors.find("the file has changed since (its size)"), std::string::npos)
        << changed.errors;
    const std::size_t at = changed.errors.find("DELETE FROM");
    ASSERT_NE(at, std::string::npos);
    psql(changed.errors.substr(at));
    write("orders.csv", rows);
    psql("DELETE FROM changing WHERE id < 3000");
    psql("DELETE FROM changing");
    EXPECT_EQ(load("--table changing " + file).status, 0);
    EXPECT_EQ("id,name\n" + rows_of_table("changing"), rows);
}

TEST_F(LoadCommand, EachRowIsLoadedOnceWhateverStrikes) {
    const std::string rows = rows_of_file(0, 6'000);
    const std::string file = write("orders.csv", "id,name\n" + rows);
    const std::vector<std::vector<std::string>> cases{
        {"cut-after-commit probability=0.2", "cut-before-commit probability=0.1"},
        {"data-conflict probability=0.2", "schema-conflict probability=0.1"},
        {"server-unavailable probability=0.05", "server-unavailable-at-commit probability=0.2"},
        {"server-unavailable-at-commit probability=0.3 value=committed"}};
    for (const std::vector<std::string>& struck : cases) {
        make_table("struck");
        for (const std::string& fault : struck) {
            faults_.set(fault);
        }
        const command_result result =
            load("--again --rows-per-transaction 300 --table struck " + file);
        faults_.clear();
        EXPECT_EQ(result.status, 0) << struck[0] << '\n' << result.errors;
        expect_rows("struck", rows, struck[0]);
        psql("DROP TABLE struck");
    }
    expect_all_complete();
}

TEST_F(LoadCommand, RecordsOfChunksAreRemovedByALaterLoad) {
    make_table("forgotten");
    const std::string file = write("orders.csv", "id,name\n" + rows_of_file(0, 3'000));
    const std::string other = write("other.csv", "id,name\n" + rows_of_file(0, 3'000) + "x,y\n");
    EXPECT_EQ(load("--table forgotten " + file).status, 0);
    EXPECT_EQ(load("--table forgotten " + other).status, 1);
    const std::string count =
        "SELECT count(*) FILTER (WHERE chunk >= 0), count(*) FILTER (WHERE chunk = -1) "
        "FROM dsql_load_ledger WHERE load IN (SELECT load FROM dsql_load_ledger WHERE description "
        "LIKE '%" +
        directory_.path().string() + "%')";
    const std::string before = psql(count);
    // An hour passes. The load that is not complete keeps its records.
    psql("UPDATE dsql_load_ledger SET changed_at = changed_at - interval '1 hour'");
    EXPECT_EQ(load("--table forgotten " + file).status, 0);
    const std::string after = psql(count);
    EXPECT_TRUE(before == "3|2\n" || before == "4|2\n") << before;
    EXPECT_EQ(std::stoi(after), std::stoi(before) - 2) << after;
}

TEST_F(LoadCommand, EachRowIsLoadedOnceAfterSigkillAtAnyMoment) {
    make_table("killed");
    const std::string rows = rows_of_file(0, 40'000);
    const std::string rejected = directory_ / "rejected.csv";
    const std::string file = write("orders.csv", "id,name\n" + rows + "x,y\n1\n");
    const std::string arguments =
        "--table killed --rows-per-transaction 200 --max-rejected 2 "
        "--rejected " +
        rejected + " " + file;
    std::mt19937_64 random(random_seed());
    faults_.set("cut-after-commit probability=0.05");
    for (int kill_number = 0; kill_number < 10; ++kill_number) {
        const pid_t child = start(load_command(arguments) + " >/dev/null 2>&1");
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 150));
        kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
    }
    const command_result result = load(arguments);
    EXPECT_EQ(result.status, 0) << result.errors;
    faults_.clear();
    expect_rows("killed", rows);
    const std::string seen = read(rejected);
    EXPECT_EQ(std::count(seen.begin(), seen.end(), '\n'), 3) << seen;
    expect_all_complete();
}

TEST_F(LoadCommand, AnotherTableOfTheSameNameGetsNothing) {
    const std::string file = write("orders.csv", "id,name\n" + rows_of_file(0, 40'000));
    for (const char* removal : {"DROP TABLE replaced", "ALTER TABLE replaced RENAME TO renamed"}) {
        make_table("replaced");
        faults_.set("delay value=30");
        std::thread other([&] {
            while (psql("SELECT count(*) FROM replaced") == "0\n") {
            }
            for (const char* change : {removal, "CREATE TABLE replaced (id int, name text)"}) {
                while (run_psql(change).status != 0) {  // it conflicts with the load
                }
            }
        });
        const command_result result =
            load("--table replaced --connections 2 --rows-per-transaction 100 " + file);
        other.join();
        faults_.clear();
        EXPECT_EQ(result.status, 1) << removal << result.output;
        EXPECT_NE(result.errors.find(file), std::string::npos) << result.errors;
        EXPECT_EQ(psql("SELECT count(*) FROM replaced"), "0\n") << removal;
        EXPECT_EQ(load("--table replaced " + file).status, 0);
        expect_rows("replaced", rows_of_file(0, 40'000), removal);
        psql("DROP TABLE replaced");
    }
}

TEST_F(LoadCommand, TwoLoadsOfOneFileAtTheSameTimeLoadItOnce) {
    make_table("shared");
    const std::string rows = rows_of_file(0, 20'000);
    const std::string file = write("orders.csv", "id,name\n" + rows);
    const std::string arguments = "--table shared --rows-per-transaction 200 " + file;
    const pid_t other = start(load_command(arguments) + " >/dev/null 2>&1");
    const command_result result = load(arguments);
    EXPECT_EQ(result.status, 0) << result.errors;
    int status = 0;
    ASSERT_EQ(waitpid(other, &status, 0), other);
    expect_rows("shared", rows);
}

}  // namespace load_command_test
