// SPDX-License-Identifier: Apache-2.0
// `dsql load` of files, tables and options that are not as it would like them: what people then
// see, and that nothing is lost, doubled or left unsaid.
#include "load/foreign_format.hpp"
#include "load/infer_table.hpp"
#include "load/rejected_rows.hpp"
#include "load_run.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace load_odd_files_test {

using dsql_cli::load::describe_foreign_format;
using dsql_cli::load::infer_type;
using dsql_cli::load::rejected_rows;

class LoadOddFiles : public load_fixture {
protected:
    static void expect_part(const std::string& text, const std::string& part) {
        EXPECT_NE(text.find(part), std::string::npos) << text << "\nhas no: " << part;
    }
};

struct odd_case {
    std::string content;
    std::string options;
    std::string error;  // empty: it is loaded, as one row
};

TEST_F(LoadOddFiles, AnErrorSaysWhatTheFileMayBe) {
    psql("CREATE TABLE odd (id int, name text)");
    const std::vector<odd_case> cases{
        {"id;name\n1;a\n", "", ". It would be right with --delimiter ';'"},
        {"id\tname\n1\ta\n", "", ". It would be right with --delimiter '\\t'"},
        {"id,name\n1,a\n", "--delimiter '|'", ". It would be right with --delimiter ','"},
        {"1,a\n2,b\n", "", ". If the first row is one of data, use --header no"},
        {"id,name\r1,a\r2,b\r", "", ". Its lines end with a carriage return alone"},
        {"id,nam\n1,a\n", "",
         "column \"nam\" is not in the table public.odd, which has: id, name\n"},
        {" id ,\"Name\t\"\n1,a\n", "", ""},
        {"id,name,id\n1,a,1\n", "", "the column \"id\" is there twice"},
        {"id,name\n1,a\n\n", "", "line 3: it is empty, and should have 2 columns;"},
        {"id,name\n1,a,b\n", "", "line 2: it has 3 columns instead of 2;"},
        {std::string("id,name\n1,a\0b\n", 14), "", "line 2: byte 4 of the row is zero, which"},
        {"id,name\n1,a\xff\n", "", "line 2: byte 4 of the row is not UTF-8 text;"},
        {"id,name\n1,a\rb\n2,b\n", "", "; the row has a carriage return in it;"},
        {"PK\x03\x04...", "", ": this is a zip archive"},
        {"a\n", "--delimiter ''", "dsql: --delimiter: expected one character, or \\t, not \"\""},
        {"a\n", "--quote ''", "dsql: --quote: expected one character"},
        {"a\n", "--rejected '' --max-rejected 5", "dsql: --rejected: expected the name of a file"},
        {"a\n", "--rejected r --max-rejected -1",
         "expected a number of rows, 0 or more, not \"-1\""},
        {"a\n", "--rejected r --max-rejected 1e3", "expected a number of rows, 0 or more, not"},
        {"a\n", "--rejected /dev/full --max-rejected 5", "/dev/full: No space left on device"},
        {"a\n", "- -", "dsql: -: standard input can be read only once"}};
    int number = 0;
    for (const odd_case& each : cases) {
        const std::string file = write("odd" + std::to_string(++number) + ".csv", each.content);
        const command_result result =
            load("--table odd " + each.options + " " + file + " < " + file);
        EXPECT_EQ(result.status == 0, each.error.empty()) << each.content << result.errors;
        if (each.error.empty()) {
            expect_part(result.output, file + ": 1 row in public.odd, in ");
        } else {
            expect_part(result.errors, each.error);
        }
        EXPECT_EQ(result.errors.find("[at "), std::string::npos) << result.errors;
    }
}

TEST_F(LoadOddFiles, AnErrorSaysWhatTheTableMayBe) {
    psql("CREATE TABLE \"Orders\" (id int)");
    psql("CREATE VIEW seen AS SELECT 1 AS id");
    const std::string file = write("orders.csv", "id\n1\n");
    EXPECT_EQ(load("--table nowhere " + file).errors,
              "dsql: there is no table nowhere; --create makes one\n");
    EXPECT_EQ(load("--table orders " + file).errors,
              "dsql: there is no table orders, but public.Orders: names are taken as they are, in "
              "upper and lower case\n");
    EXPECT_EQ(load("--table public.seen " + file).errors,
              "dsql: there is no table public.seen; what has this name is a view or a sequence\n");
    const command_result made = load("--table made --create " + write("made.csv", "ctid\n1\n"));
    EXPECT_EQ(made.errors,
              "dsql: --create: column name \"ctid\" conflicts with a system column name (SQLSTATE "
              "42701)\n");
}

TEST_F(LoadOddFiles, ATableThatWasMadeAnewIsAnotherOne) {
    const std::string file = write("orders.csv", "id\n1\n2\n");
    const std::string unfit = write("unfit.csv", "id\n1\nx\n");
    for (int i = 0; i < 2; ++i) {
        psql("CREATE TABLE remade (id int)");
        EXPECT_EQ(load("--table remade " + file).status, 0);
        EXPECT_EQ(load("--table remade " + file).status, 0);
        EXPECT_EQ(load("--table remade --rows-per-transaction 1 " + unfit).status, 1);
        EXPECT_EQ(psql("SELECT count(*) FROM remade"), "3\n");
        psql("DROP TABLE remade");
    }
    // Another type, and the rows are those of the file.
    psql("CREATE TABLE remade (id text)");
    EXPECT_EQ(load("--table remade " + unfit).status, 0);
    EXPECT_EQ(psql("SELECT count(*) FROM remade"), "2\n");
}

TEST_F(LoadOddFiles, AFileIsMendedAndLoadedAnewIfNothingOfItWas) {
    psql("CREATE TABLE mended (id int)");
    const std::string file = write("mended.csv", "id\nx\n1\n");
    EXPECT_EQ(load("--table mended " + file).status, 1);
    write("mended.csv", "id\n1\n2\n3\n");
    const command_result refused = load("--table mended " + file);
    EXPECT_EQ(refused.status, 1);
    expect_part(refused.errors, "(its size). No row of it was loaded: --again begins anew");
    EXPECT_EQ(load("--table mended --again " + file).status, 0);
    EXPECT_EQ(psql("SELECT count(*) FROM mended"), "3\n");
    // Otherwise its rows would be there twice.
    const std::string other = write("other.csv", "id\n1\n2\nx\n");
    EXPECT_EQ(load("--table mended --rows-per-transaction 1 " + other).status, 1);
    write("other.csv", "id\n1\n2\n3\n4\n");
    const command_result partly = load("--table mended --again " + other);
    EXPECT_EQ(partly.status, 1);
    expect_part(partly.errors, "remove the rows that were loaded and forget the load: DELETE FROM");
}

// The rejected row makes the file longer, so no clock is needed to change it at the right time.
TEST_F(LoadOddFiles, AFileThatChangesWhileItIsLoadedIsAnError) {
    psql("CREATE TABLE growing (file text, line int, sqlstate text, reason text, \"row\" text)");
    const std::string file =
        write("growing.csv", "file,line,sqlstate,reason,row\na,1,,b,c\na,x,,b,c\n");
    const command_result result =
        load("--table growing --max-rejected 9 --rejected " + file + " " + file);
    EXPECT_EQ(result.status, 1);
    expect_part(result.errors, file + " has changed since this load began; the table may have");
    EXPECT_EQ(psql("SELECT count(*) FROM dsql_load_ledger WHERE is_complete AND description LIKE "
                   "'%growing.csv%'"),
              "0\n");
}

TEST_F(LoadOddFiles, AllFilesAreLookedAtBeforeTheFirstIsLoaded) {
    psql("CREATE TABLE looked (id int)");
    const std::string good = write("1.csv", "id\n1\n");
    const std::string bad = write("README", "Some files.\n");
    for (const std::string& files :
         {directory_.path().string(), good + " " + directory_ / "missing.csv"}) {
        EXPECT_EQ(load("--table looked " + files).status, 1);
    }
    expect_part(load("--table looked " + directory_.path().string()).errors, bad + ", header: ");
    EXPECT_EQ(psql("SELECT count(*) FROM looked"), "0\n");
}

TEST_F(LoadOddFiles, IdentityColumnsTakeTheValuesOfTheFile) {
    psql(
        "CREATE TABLE counted (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, "
        "n int)");
    const std::string first = write("first.csv", "id,n\n7,1\n8,2\n");
    EXPECT_EQ(load("--table counted " + first).status, 0);
    const std::string second = write("second.csv", "id,n\n8,3\n9,4\n");
    const command_result skipped = load("--table counted --on-conflict skip " + second);
    EXPECT_EQ(skipped.errors, "");
    EXPECT_EQ(load("--table counted " + write("third.csv", "n\n5\n")).status, 0);
    EXPECT_EQ(psql("SELECT string_agg(id || ':' || n, ' ' ORDER BY id) FROM counted"),
              "1:5 7:1 8:2 9:4\n");
}

struct format_case {
    std::string head;
    std::string_view advice;
};

TEST(LoadFormats, KnowsFilesThatAreNotOfRows) {
    using namespace std::string_literals;
    const std::vector<format_case> cases{{"PAR1\x15\x04", "Parquet cannot be loaded"},
                                         {"PK\x03\x04", "a zip archive"},
                                         {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office program"},
                                         {"BZh91AY&SY", "bzip2 -dc"},
                                         {"\xfd\x37zXZ\0"s, "xz -dc"},
                                         {"\x04\x22\x4d\x18", "lz4 -dc"},
                                         {std::string(257, '\0') + "ustar", "a tar archive"},
                                         {"PGDMP\x01", "pg_restore"},
                                         {"\xff\xfei\0d\0"s, "UTF-16"},
                                         {"\xfe\xff\0i\0d"s, "UTF-16"},
                                         {"", ""},
                                         {"PAR1,PAR2\n", ""},
                                         {"PK,BZh9,xz\n", ""},
                                         {"PGDMP\n", ""},
                                         {"\xef\xbb\xbfid\n", ""},
                                         {std::string(257, 'x') + "ustar", ""}};
    for (const format_case& each : cases) {
        const std::string_view found = describe_foreign_format(each.head);
        EXPECT_NE(found.find(each.advice), std::string_view::npos) << each.head << found;
        EXPECT_EQ(found.empty(), each.advice.empty()) << each.head << found;
    }
}

TEST(LoadInference, OnlyDaysThatThereAreAreDates) {
    struct type_case {
        std::string_view type;
        std::vector<std::string> values;
    };
    const std::vector<type_case> cases{
        {"date", {"2024-02-29", "0001-01-01", "9999-12-31"}},
        {"text",
         {"2023-02-29", "2026-02-30", "2026-04-31", "0000-01-01", "2026-00-10", "2026-01-00",
          "2026-1-2", "20260102x", "2026-01-02x"}},
        {"timestamp", {"2024-02-29 23:59", "2026-01-02T00:00:59.123456"}},
        {"text",
         {"2023-02-29 23:59", "2026-01-02 24:00:00", "2026-01-02 03:04:60",
          "2026-01-02 03:04:05.1234567", "2026-01-02\n03:04"}},
        {"timestamptz", {"2026-01-02 03:04:05Z", "2026-01-02T03:04+15:59", "2026-01-02 03:04 UTC"}},
        {"text",
         {"2026-01-02 03:04+16", "2026-01-02 03:04+25:00", "2026-01-02 03:04+01:60",
          "2026-01-02 03:04:05 EST"}},
        {"numeric", {".5", "-.5", "0.5"}},
        {"text", {"+.5", ".", "-", "-.", "00.5", "1_000", "1e400", "0x10", "1 000", "NaN"}},
        {"text", {"{123e4567-e89b-12d3-a456-426614174000}", "TRUE", "yes"}}};
    for (const type_case& each : cases) {
        for (const std::string& value : each.values) {
            EXPECT_EQ(infer_type({value}), each.type) << value;
        }
    }
}

std::string read_all(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A file that is there may be a device, as /dev/null: its permissions are not the loader's.
TEST(LoadRejectedRows, OnlyANewFileIsForTheUserAlone) {
    using std::filesystem::perms;
    const temporary_directory directory;
    const std::string there = directory / "there.csv";
    std::ofstream(there).close();
    std::filesystem::permissions(there, perms::owner_all | perms::others_read);
    const rejected_rows old(5, there);
    const rejected_rows made(5, directory / "made.csv");
    EXPECT_EQ(std::filesystem::status(there).permissions(), perms::owner_all | perms::others_read);
    EXPECT_EQ(std::filesystem::status(directory / "made.csv").permissions(),
              perms::owner_read | perms::owner_write);
}

// With half a row at its end, the rows after it could not be read any more.
TEST(LoadRejectedRows, ARowIsWrittenAsAWholeOrNotAtAll) {
    const temporary_directory directory;
    const std::string path = directory / "rejected.csv";
    const std::string header = "file,line,sqlstate,reason,row\n";
    rejected_rows rows(5, path);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{.rlim_cur = header.size() + 10, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
    std::string error;
    try {
        rows.add({.file = "a.csv", .line = 2, .reason = "why", .row = "1,2"});
    } catch (const std::runtime_error& thrown) {
        error = thrown.what();
    }
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(error, "cannot write the file for rejected rows, " + path + ": File too large");
    EXPECT_EQ(read_all(path), header);
    rows.add({.file = "a.csv", .line = 3, .reason = "why", .row = "3,4"});
    EXPECT_EQ(read_all(path), header + "\"a.csv\",3,,\"why\",\"3,4\"\n");
}

}  // namespace load_odd_files_test
