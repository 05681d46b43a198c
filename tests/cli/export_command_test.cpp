// SPDX-License-Identifier: Apache-2.0
#include "served_command.hpp"
#include "support/random_seed.hpp"
#include "support/whole_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace export_command_test {

class ExportCommand : public ServedCommand {
protected:
    // The names of all files in the directory of the test, the hidden ones too.
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }
};

// Every character that is special in one of the formats.
constexpr const char* nasty =
    "CREATE TABLE nasty (id int PRIMARY KEY, t text, f float8, b boolean);\n"
    "INSERT INTO nasty SELECT n, (ARRAY[NULL, '', 'plain', 'a,b', '\"', E'\\t', E'\\n', E'\\r', "
    "E'\\\\', '\\N', '\\.', 'NULL', ' ', E'\\b\\f\\v', '\xc3\xa4', ''''])[1 + n % 16] || "
    "(ARRAY[NULL, '', 'x', '\"\"', E'\\n', ',', E'\\t'])[1 + n / 16], "
    "(ARRAY[NULL, 0, -1.5, 1e300, 'NaN', '-Infinity'])[1 + n % 6], (n % 3 = 0) FROM "
    "generate_series(1, 111) AS n;\n";

struct format_case {
    const char* options;
    const char* copy;  // the options of COPY that do the same
};

constexpr auto formats =
    std::to_array<format_case>({{"", "(FORMAT csv, HEADER)"},
                                {"--no-header --null NULL", "(FORMAT csv, NULL 'NULL')"},
                                {"--format tsv", "(FORMAT csv, HEADER, DELIMITER E'\\t')"},
                                {"--format text", "(HEADER)"},
                                {"--format text --no-header", ""}});

TEST_F(ExportCommand, WritesWhatPostgresqlWouldWrite) {
    EXPECT_EQ(psql(nasty), "");
    for (const format_case& one : formats) {
        const std::string query = "SELECT * FROM nasty ORDER BY id";
        const auto exported =
            dsql("export --query '-- all\n" + query + " -- of it\n;' " + std::string(one.options));
        EXPECT_EQ(exported.status, 0) << exported.errors;
        EXPECT_EQ(exported.output, psql("COPY (" + query + ") TO STDOUT " + one.copy));
        EXPECT_EQ(exported.errors.find("exported 111 rows, "), 0U) << exported.errors;
    }
    EXPECT_EQ(psql("CREATE VIEW nasty_view AS SELECT id FROM nasty WHERE id < 3"), "");
    EXPECT_EQ(dsql("export public.nasty_view").output, "id\n1\n2\n");
}

// A literal of SQL.
std::string literal_of(const std::string& text) {
    std::string literal = "E'";
    for (const char c : text) {
        literal.append(c == '\'' || c == '\\' ? 2 : 1, c);
    }
    return literal + "'";
}

std::string random_literal(std::mt19937_64& random) {
    static const std::vector<std::string> pieces = {
        "a", "\"", ",", "\t", "\n", "\r", "\\", "\\N", "\\.", "'", " ", "\x01", "\b", "\xc3\xa4"};
    if (random() % 6 == 0) {
        return "NULL";
    }
    std::string text;
    for (std::size_t left = random() % 6; left > 0; --left) {
        text += pieces[random() % pieces.size()];
    }
    const std::string literal = literal_of(text);
    return random() % 20 == 0 ? "repeat(" + literal + ", " + std::to_string(random() % 5'000) + ")"
                              : literal;
}

// Of many pieces.
std::string create_random_table(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string script =
        "CREATE TABLE rough (id int PRIMARY KEY, a text, b text, f float8);\n"
        "INSERT INTO rough VALUES (0, NULL, NULL, NULL)";
    for (int id = 1; id < 600; ++id) {
        script += ",\n(" + std::to_string(id) + ", " + random_literal(random) + ", " +
                  random_literal(random) + ", " + std::to_string(id % 7) + " / 3.0)";
    }
    return script;
}

std::vector<nlohmann::json> parse_lines(const std::string& text) {
    std::istringstream stream(text);
    std::vector<nlohmann::json> documents;
    for (std::string line; std::getline(stream, line);) {
        documents.push_back(nlohmann::json::parse(line));
    }
    return documents;
}

TEST_F(ExportCommand, RandomRowsAreAsPostgresqlWritesThem) {
    EXPECT_EQ(psql(create_random_table(random_seed())), "");
    const std::string ordered = "SELECT * FROM rough ORDER BY id";
    const auto expect_copied = [&](const std::string& arguments, const std::string& copy) {
        const auto exported = dsql("export " + arguments);
        EXPECT_EQ(exported.errors.find("exported 600 rows, "), 0U) << exported.errors;
        // Not EXPECT_EQ, which would print all of it.
        EXPECT_TRUE(exported.output == psql("COPY (" + ordered + ") TO STDOUT " + copy))
            << arguments;
    };
    for (const format_case& one : formats) {
        expect_copied("--query '" + ordered + "' " + one.options, one.copy);
    }
    expect_copied("rough --by-key --page-rows 100", "(FORMAT csv, HEADER)");
    const std::string all =
        "SELECT *, id % 2 = 0 AS even, to_json(a) AS j, "
        "jsonb_build_object($$x$$, b, $$y$$, ARRAY[f]) AS d FROM rough ORDER BY id";
    EXPECT_TRUE(parse_lines(dsql("export --format jsonl --query '" + all + "'").output) ==
                parse_lines(psql("SELECT row_to_json(r)::jsonb FROM (" + all + ") AS r")));
}

TEST_F(ExportCommand, FilesGetTheirNamesWhenTheyAreWhole) {
    write("rows.jsonl", "old");
    const auto exported =
        dsql("export --query \"SELECT 1 AS n, 'a' AS t UNION ALL SELECT NULL, 'b'\" -o rows.jsonl");
    EXPECT_EQ(exported.status, 0) << exported.errors;
    EXPECT_EQ(exported.output, "");
    EXPECT_EQ(read_whole_file(directory_ / "rows.jsonl"),
              "{\"n\":1,\"t\":\"a\"}\n{\"n\":null,\"t\":\"b\"}\n");
    const auto failed = dsql(
        "export --query 'SELECT 1 / 0' -o "
        "rows.jsonl");
    EXPECT_EQ(failed.status, 1);
    EXPECT_EQ(failed.errors,
              "dsql: division by zero (SQLSTATE 22012); rows.jsonl was not written\n");
    EXPECT_EQ(read_whole_file(directory_ / "rows.jsonl").size(), 35U);
    static_cast<void>(run_command("cd " + directory_.path().string() + " && timeout -s KILL 0.3 " +
                                  DSQL_COMMAND " export --query 'SELECT generate_series(1, "
                                               "1000000000)' -o killed.csv"));
    EXPECT_EQ(files(), std::vector<std::string>{"rows.jsonl"});
    EXPECT_EQ(dsql("export --query 'SELECT 1' -o /dev/full").status, 1);
    EXPECT_EQ(dsql("export --query 'SELECT 1' -o /dev/null").status, 0);
    EXPECT_EQ(dsql("export --query 'SELECT 1' -o nosuch/x.csv").status, 1);
    // A link stays one.
    std::filesystem::create_symlink("rows.jsonl", directory_.path() / "link.csv");
    EXPECT_EQ(dsql("export --query 'SELECT 7 AS n' -o link.csv").status, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(directory_.path() / "link.csv"));
    EXPECT_EQ(read_whole_file(directory_ / "rows.jsonl"), "n\n7\n");
}

// Of more than a piece, and of what cannot be compressed well.
TEST_F(ExportCommand, CompressesFilesByTheirNames) {
    const std::string query =
        "\"SELECT n, md5(n::text) AS sum FROM generate_series(1, 20000) AS n\"";
    const std::string expected = dsql("export --query " + query + " --format tsv").output;
    EXPECT_GT(expected.size(), 700'000U);
    struct compression_case {
        const char* file;
        const char* program;
    };
    for (const compression_case& one :
         std::vector<compression_case>{{"x.tsv.gz", "gzip"}, {"x.tsv.zst", "zstd"}}) {
        const auto exported = dsql("export --query " + query + " -o " + one.file);
        if (exported.errors.find("was built without") != std::string::npos) {
            EXPECT_EQ(files(), std::vector<std::string>());
            continue;
        }
        EXPECT_EQ(exported.status, 0) << exported.errors;
        const auto read =
            run_command(std::string(one.program) + " -dcq " + (directory_ / one.file));
        if (read.status != 127) {  // there is no such program
            EXPECT_TRUE(read.output == expected) << read.errors;
        }
        std::filesystem::remove(directory_ / one.file);
    }
}

// Another thread writes it.
TEST_F(ExportCommand, ACompressedFileThatCannotBeWrittenIsAnError) {
    for (const char* file : {"full.csv.gz", "full.csv.zst"}) {
        std::filesystem::create_symlink("/dev/full", directory_.path() / file);
        for (const char* rows : {"1", "100000"}) {
            const auto exported =
                dsql("export --query 'SELECT md5(n::text) FROM generate_series(1, " +
                     std::string(rows) + ") AS n' -o " + file);
            EXPECT_EQ(exported.status, 1);
            if (exported.errors.find("was built without") == std::string::npos) {
                expect_part(exported.errors, "cannot write /dev/full: No space left on device");
            }
        }
    }
    const auto failed = dsql(
        "export --query 'SELECT 1 / (n - 90000) FROM generate_series(1, 100000) AS n' -o x.csv.gz");
    EXPECT_EQ(failed.status, 1);
    EXPECT_FALSE(std::filesystem::exists(directory_ / "x.csv.gz"));
}

// What was not written yet can be read again, in another snapshot.
TEST_F(ExportCommand, ASmallExportBeginsAgainWhenAConnectionBreaks) {
    faults_.set("close-after value=20000 times=1");
    const auto exported =
        dsql("export --query \"SELECT repeat('x', 100) AS x FROM generate_series(1, 500)\"");
    EXPECT_EQ(faults_.list().find("strikes=0"), std::string::npos) << faults_.list();
    EXPECT_EQ(exported.errors.find("exported 500 rows, "), 0U) << exported.errors;
    EXPECT_EQ(exported.output.size(), 2U + 500U * 101U);
}

std::vector<std::string> sorted_lines(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
}

// Keys of several columns, with what is special in a literal.
constexpr const char* keyed =
    "CREATE TABLE keyed (filler text, name text, number int, PRIMARY KEY (name, number));\n"
    "INSERT INTO keyed SELECT repeat('x', 100), (ARRAY['', 'a''b', E'c\\\\d', E'e\\nf', "
    "'\xc3\xa4'])[1 + n % 5], n - 500 FROM generate_series(1, 2500) AS n;\n";

TEST_F(ExportCommand, ByKeyGoesOnWhenConnectionsBreak) {
    EXPECT_EQ(psql(keyed), "");
    const auto expected = sorted_lines(psql("COPY keyed TO STDOUT"));
    for (const char* fault : {"close-after value=100000 times=3", "server-unavailable times=2",
                              "close-after value=50000 times=30"}) {
        faults_.set(fault);
        const auto exported =
            dsql("export keyed --by-key --page-rows 700 --format text --no-header");
        EXPECT_EQ(faults_.list().find("strikes=0"), std::string::npos) << faults_.list();
        faults_.clear();
        EXPECT_EQ(exported.status, 0) << fault << exported.errors;
        EXPECT_EQ(sorted_lines(exported.output), expected) << fault;
    }
    // The last page may be full, and a key may be an empty text.
    EXPECT_EQ(psql("CREATE TABLE few (id text PRIMARY KEY); INSERT INTO few VALUES (''), ('b')"),
              "");
    EXPECT_EQ(dsql("export few --by-key --page-rows 1").output, "id\n\"\"\nb\n");
    for (const char* rows : {"625", "2500", "2501"}) {
        const auto exported = dsql("export public.keyed --by-key --page-rows " + std::string(rows));
        EXPECT_EQ(exported.errors.find("exported 2500 rows"), 0U) << exported.errors;
    }
    const auto unkeyed = dsql("export nosuch --by-key");
    EXPECT_EQ(unkeyed.status, 1);
    expect_part(unkeyed.errors, "there is no table nosuch with a primary key");
}

TEST_F(ExportCommand, ACutConnectionSaysHowFarItCame) {
    faults_.set("close-after value=200000");
    const auto exported =
        dsql("export --query \"SELECT repeat('x', 100) FROM generate_series(1, 9000)\" -o cut.csv");
    EXPECT_EQ(exported.status, 1);
    expect_part(exported.errors, "it came to row ");
    expect_part(exported.errors, "--by-key");
    expect_part(exported.errors, "cut.csv was not written");
    EXPECT_EQ(files(), std::vector<std::string>());
}

TEST_F(ExportCommand, WrongUsageIsExplained) {
    for (const char* arguments : {"export", "export t --query 'SELECT 1'", "export t --format xml",
                                  "export --by-key --query 'SELECT 1'", "export t --page-rows 0"}) {
        EXPECT_EQ(dsql(arguments).status, 2) << arguments;
    }
    struct wrong_query {
        const char* query;
        const char* words;
    };
    for (const wrong_query& one : std::vector<wrong_query>{
             {"SELECT 1; SELECT 2", "expected one statement, not 2"},
             {"INSERT INTO t VALUES (1)", "expected a SELECT"},
             {"SELECT $$a", "in line 1, column 8"},
             {"WITH a AS (DELETE FROM nasty RETURNING id) SELECT * FROM a", "0A000"}}) {
        const auto result = dsql("export --query '" + std::string(one.query) + "'");
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(result.output, "");
        expect_part(result.errors, one.words);
    }
}

}  // namespace export_command_test
