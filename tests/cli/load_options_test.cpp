// SPDX-License-Identifier: Apache-2.0
// What the options of `dsql load` do, against dsql-local; and the types that --create infers.
#include "load/fields.hpp"
#include "load/infer_table.hpp"
#include "load/progress.hpp"
#include "load/verify.hpp"
#include "load_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace load_options_test {

using namespace dsql_cli::load;

class LoadOptions : public load_fixture {};

std::string numbered_rows(int first, int last) {
    std::string rows;
    for (int id = first; id < last; ++id) {
        rows += std::to_string(id) + ",name " + std::to_string(id) + "\n";
    }
    return rows;
}

TEST_F(LoadOptions, SkipLeavesRowsThatAreThere) {
    psql("CREATE TABLE kept (id int PRIMARY KEY, name varchar(30), at date)");
    psql("INSERT INTO kept VALUES (5, 'old', '2026-01-02'), (4000, 'old', NULL)");
    std::string text = "id,name,at\n";
    for (int id = 0; id < 6'000; ++id) {
        text += std::to_string(id % 5'000) + ",\"a \"\"b\"\"\\ {c},\",2026-02-03\n";
    }
    text += "x,y,2026-02-03\n6000,\"" + std::string(31, 'z') + "\",\n6001,,\n";
    const std::string file = write("orders.csv", text);
    faults_.set("cut-after-commit times=2");
    const command_result result = load(
        "--table kept --on-conflict skip --rows-per-transaction 700 --max-rejected 2 "
        "--rejected " +
        (directory_ / "rejected.csv") + " " + file);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_NE(result.output.find(": 4999 rows in public.kept"), std::string::npos) << result.output;
    EXPECT_NE(result.output.find("; 2 rejected, 1002 skipped"), std::string::npos) << result.output;
    EXPECT_EQ(psql("SELECT count(*), count(*) FILTER (WHERE name = 'old'), min(name) FILTER (WHERE "
                   "id = 17), bool_or(name IS NULL AND at IS NULL) FILTER (WHERE id = 6001) FROM "
                   "kept"),
              "5001|2|a \"b\"\\ {c},|t\n");
}

TEST_F(LoadOptions, VerifyCompares) {
    psql("CREATE TABLE checked (id int, name char(9), price numeric(8,2), at timestamptz)");
    psql("INSERT INTO checked VALUES (1, 'before', 1, now())");
    std::string text = "id,name,price,at\n";
    for (int id = 0; id < 6'000; ++id) {
        text += std::to_string(id) + ",\"n " + std::to_string(id) + "\"," + std::to_string(id) +
                ".5,2026-03-29 02:30:00+02\n";
    }
    const std::string file = write("orders.csv", text + "x,y,1,2026-01-01\n1,short\n");
    const std::string options =
        "--table checked --max-rejected 2 --rejected " + (directory_ / "rejected.csv") + " ";
    for (const char* how : {"full", "count"}) {
        const command_result result = load(options + "--again --verify " + how + " " + file);
        EXPECT_EQ(result.status, 0) << result.errors;
        EXPECT_NE(result.output.find("; verified"), std::string::npos) << result.output;
    }
    // A table that changes a value, and one that has a row more than was loaded.
    psql("CREATE TABLE changed (id int, name char(9), price numeric(8,2), at timestamptz)");
    write("wrong.csv", "id,name,price,at\n1,a,1,2026-01-01\nx,y,1,2026-01-01\n");
    const std::string wrong = "--table changed --verify full " + (directory_ / "wrong.csv");
    EXPECT_EQ(load(wrong).status, 1);
    psql("UPDATE changed SET price = 2");
    const std::string accepted = wrong + " --max-rejected 1 --rejected " + (directory_ / "r.csv");
    const command_result values = load(accepted);
    EXPECT_EQ(values.status, 1);
    EXPECT_NE(values.errors.find("the values in the table are not those of"), std::string::npos)
        << values.errors;
    psql("INSERT INTO changed VALUES (2)");
    const command_result number = load(accepted);
    EXPECT_EQ(number.status, 1);
    EXPECT_NE(number.errors.find("the table has 2 rows;"), std::string::npos) << number.errors;
    psql("DELETE FROM changed WHERE id = 2");
    psql("UPDATE changed SET price = 1");
    EXPECT_EQ(load(accepted).status, 0);
}

TEST_F(LoadOptions, CreateMakesATable) {
    const std::string file =
        write("orders.csv",
              "ID,Code,Price,Day,Made,Note\n1,007,1.50,2026-01-02,2026-01-02T03:04:05Z,\"a\"\n"
              "2,008,2,2026-01-03,2026-01-02 03:04:05+01:00,\n");
    const std::string statement =
        "CREATE TABLE IF NOT EXISTS \"orders made\" (\n    \"id\" bigint,\n    \"code\" text,\n"
        "    \"price\" numeric,\n    \"day\" date,\n    \"made\" timestamptz,\n    \"note\" text,\n"
        "    PRIMARY KEY (\"id\")\n);\n";
    const std::string arguments = "--table 'orders made' --create --primary-key id " + file;
    const command_result dry = load("--dry-run " + arguments);
    EXPECT_EQ(dry.status, 0) << dry.errors;
    EXPECT_EQ(dry.output,
              statement + file + ": 2 rows for orders made, transactions: 1, wrong rows: 0\n");
    EXPECT_EQ(psql("SELECT to_regclass('\"orders made\"') IS NULL"), "t\n");
    const command_result real = load(arguments);
    EXPECT_EQ(real.status, 0) << real.errors;
    EXPECT_TRUE(real.output.starts_with(statement + file + ": 2 rows in public.orders made"))
        << real.output;
    EXPECT_EQ(psql("SELECT id, code, price, day, made, note FROM \"orders made\" ORDER BY id"),
              "1|007|1.50|2026-01-02|2026-01-02 03:04:05+00|a\n"
              "2|008|2|2026-01-03|2026-01-02 02:04:05+00|\n");
}

TEST_F(LoadOptions, ATransactionThatIsTooLargeIsDivided) {
    psql("CREATE TABLE large (id int, name text)");
    std::string text = "id,name\n";
    for (int id = 0; id < 1'400; ++id) {
        text += std::to_string(id) + "," + std::string(9'000, 'x') + "\n";
    }
    const std::string file = write("orders.csv", text);
    const command_result result = load("--table large --bytes-per-transaction 10485760 " + file);
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_NE(result.output.find("; 0 rejected"), std::string::npos) << result.output;
    EXPECT_EQ(psql("SELECT count(*), count(DISTINCT id), sum(length(name)) FROM large"),
              "1400|1400|12600000\n");
    // Of chunk 0, there is one record, whatever number of transactions it took.
    EXPECT_EQ(
        psql("SELECT count(*), max(rows) FROM dsql_load_ledger WHERE load IN (SELECT load FROM "
             "dsql_load_ledger WHERE description LIKE '%" +
             directory_.path().string() + "%') AND chunk = 0"),
        "1|1164\n");
}

TEST_F(LoadOptions, CompressedFilesAreLoadedAndGoOn) {
    psql("CREATE TABLE packed (id int, name text)");
    const std::string file = write("orders.csv", "id,name\n" + numbered_rows(0, 6'000) + "x,y\n");
    ASSERT_EQ(run_command("gzip " + file).status, 0);
    const command_result strict = load("--table packed " + file + ".gz");
    if (strict.errors.find("this dsql was built without") != std::string::npos) {
        GTEST_SKIP() << "built without zlib";
    }
    EXPECT_EQ(strict.status, 1);
    const command_result result = load("--table packed --max-rejected 1 --rejected " +
                                       (directory_ / "rejected.csv") + " " + file + ".gz");
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(psql("SELECT count(*), count(DISTINCT id) FROM packed"), "6000|6000\n");
}

TEST_F(LoadOptions, ProgressIsLinesOfJsonInAPipe) {
    psql("CREATE TABLE shown (id int, name text)");
    const std::string file = write("orders.csv", "id,name\n" + numbered_rows(0, 1'000));
    const command_result result = run_command(DSQL_COMMAND " load --table shown " + file);
    EXPECT_EQ(result.status, 0);
    std::istringstream lines(result.errors);
    nlohmann::json last;
    for (std::string line; std::getline(lines, line);) {
        last = nlohmann::json::parse(line);
    }
    EXPECT_EQ(last.at("file"), "orders.csv");
    EXPECT_EQ(last.at("rows"), 1'000);
    EXPECT_EQ(last.at("percent"), 100.0);
    EXPECT_EQ(last.at("done"), true);
    EXPECT_GT(last.at("estimated_dpu").get<double>(), 0);
}

TEST(LoadProgress, JsonHasOneDecimal) {
    const progress_report report{.file = "orders.csv",
                                 .rows = 4'200'000,
                                 .rows_per_second = 31'000.4,
                                 .percent = 26.893081691700075,
                                 .eta_seconds = 187.06,
                                 .retries = 3,
                                 .estimated_dpu = 236.76000000000002};
    EXPECT_EQ(
        as_json(report),
        R"({"file":"orders.csv","rows":4200000,"rows_per_second":31000,"percent":26.9,)"
        R"("eta_seconds":187.1,"retries":3,"rejected":0,"estimated_dpu":236.8,"done":false})");
    EXPECT_NE(as_json({.file = "-"}).find(R"("percent":null,"eta_seconds":null)"),
              std::string::npos);
}

TEST(LoadProgress, HasABarThatFits) {
    const progress_report report{.file = "orders\n.csv",
                                 .rows = 4'200'000,
                                 .rows_per_second = 31'000.4,
                                 .percent = 42,
                                 .eta_seconds = 187.2,
                                 .retries = 3,
                                 .estimated_dpu = 12.34};
    EXPECT_EQ(as_bar(report, 140),
              "orders .csv: 42 % [############..................] 4 200 000 rows, 31 000 rows/s, "
              "ETA 0:03:07, retries 3, rejected 0, DPU ~12.3");
    for (std::size_t width = 0; width < 200; ++width) {
        EXPECT_LE(as_bar(report, width).size(), width);
    }
}

std::string inferred(const std::vector<field_value>& values) {
    return infer_type(values);
}

TEST(LoadInference, FindsTheNarrowestTypeThatHoldsAllValues) {
    const field_value null;
    EXPECT_EQ(inferred({"1", "-2", null}), "bigint");
    EXPECT_EQ(inferred({"9223372036854775808"}), "numeric");
    EXPECT_EQ(inferred({"1", "1.50"}), "numeric");
    for (const char* text : {"1e5", "-1.5E-3", "1.e5", ".5e+1", "1e308", "0.0e99", "1e-320"}) {
        EXPECT_EQ(inferred({"1", text}), "double precision") << text;
    }
    EXPECT_EQ(inferred({"true", "f"}), "boolean");
    EXPECT_EQ(inferred({"2026-02-03"}), "date");
    EXPECT_EQ(inferred({"2026-02-03 04:05", "2026-02-03T04:05:06.789"}), "timestamp");
    EXPECT_EQ(inferred({"2026-02-03 04:05:06+01", "2026-02-03T04:05:06Z"}), "timestamptz");
    EXPECT_EQ(inferred({"123e4567-e89b-12d3-a456-426614174000"}), "uuid");
    for (const char* text :
         {"007", "+1", "1,5", "", "2026-13-01", "yes", "nan", "-", "0x1", "{1,2}", "[1]", "1e5 ",
          "1e", "1e+", "1e309", "-1e999999", "1e-400", "1e5e5", "1e99999999999999999999"}) {
        EXPECT_EQ(inferred({"1", text}), "text") << text;
    }
    EXPECT_EQ(inferred({null}), "text");
    EXPECT_EQ(inferred({}), "text");
}

TEST(LoadVerification, ReadsSumsOfAnySize) {
    EXPECT_EQ(wrapped_integer("0"), 0U);
    EXPECT_EQ(wrapped_integer("-1"), ~std::uint64_t{0});
    EXPECT_EQ(wrapped_integer("36893488147419103233"), 1U);   // 2^65 + 1
    EXPECT_EQ(wrapped_integer("-36893488147419103230"), 2U);  // 2 - 2^65
}

}  // namespace load_options_test
