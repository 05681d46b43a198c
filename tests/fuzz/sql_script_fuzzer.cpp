// SPDX-License-Identifier: Apache-2.0
// Fuzzes the splitter of SQL scripts, and what divides them into steps.
#include "require.hpp"
#include "run/script_plan.hpp"
#include "sql/sql_script.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using dsql_cli::sql::script_error;
using dsql_cli::sql::sql_statement;

namespace {

void split(std::string_view script) {
    for (const sql_statement& one : dsql_cli::sql::split_script(script)) {
        // A statement is in the script, where it says, and is one statement when it is alone.
        require(script.find(one.text) != std::string_view::npos);
        require(one.position.line >= 1 && one.position.column >= 1);
        // The line break is for a byte order mark, which is one only at the beginning.
        const std::string text = "\n" + one.text;
        const std::vector<sql_statement> alone = dsql_cli::sql::split_script(text);
        require(alone.size() == 1 && alone[0].text == one.text && alone[0].words == one.words);
    }
}

void plan(std::string_view script) {
    int number = 0;
    for (const dsql_cli::run::script_step& step : dsql_cli::run::plan_steps(script)) {
        require(step.number == ++number && !step.statements.empty());
        require(step.digest().size() == 64);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view script(reinterpret_cast<const char*>(data), size);
    try {
        split(script);
        plan(script);
    } catch (const script_error& failed) {
        require(failed.position().line >= 1 && failed.position().column >= 1);
    }
    return 0;
}
