// SPDX-License-Identifier: Apache-2.0
#include "run/script_plan.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

namespace dsql_cli::run {

namespace {

using sql::script_error;
using sql::sql_statement;

enum class statement_kind { data, schema, setting, begin, commit, rollback };

struct keyword_kind {
    std::string_view keyword;
    statement_kind kind;
};

// What is not here counts as a change of the schema.
constexpr auto keyword_kinds = std::to_array<keyword_kind>({
    {"SELECT", statement_kind::data},     {"INSERT", statement_kind::data},
    {"UPDATE", statement_kind::data},     {"DELETE", statement_kind::data},
    {"WITH", statement_kind::data},       {"VALUES", statement_kind::data},
    {"TABLE", statement_kind::data},      {"MERGE", statement_kind::data},
    {"EXPLAIN", statement_kind::data},    {"COPY", statement_kind::data},
    {"SAVEPOINT", statement_kind::data},  {"RELEASE", statement_kind::data},
    {"LOCK", statement_kind::data},       {"(", statement_kind::data},
    {"SET", statement_kind::setting},     {"RESET", statement_kind::setting},
    {"SHOW", statement_kind::setting},    {"DEALLOCATE", statement_kind::setting},
    {"DISCARD", statement_kind::setting}, {"BEGIN", statement_kind::begin},
    {"START", statement_kind::begin},     {"COMMIT", statement_kind::commit},
    {"END", statement_kind::commit},      {"ROLLBACK", statement_kind::rollback},
    {"ABORT", statement_kind::rollback},
});

statement_kind kind_of(const sql_statement& statement) {
    if (statement.word(0) == "SET" && statement.word(1) == "CONSTRAINTS") {
        return statement_kind::data;
    }
    const auto found =
        std::find_if(keyword_kinds.begin(), keyword_kinds.end(),
                     [&](const keyword_kind& known) { return known.keyword == statement.word(0); });
    return found == keyword_kinds.end() ? statement_kind::schema : found->kind;
}

bool contains(std::span<const std::string_view> codes, std::string_view code) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// The words of BEGIN or START TRANSACTION that ask for what each transaction of DSQL is anyway.
void check_begin(const sql_statement& begin) {
    static constexpr auto allowed =
        std::to_array<std::string_view>({"BEGIN", "START", "WORK", "TRANSACTION", "ISOLATION",
                                         "LEVEL", "REPEATABLE", "READ", "WRITE", "ONLY"});
    for (const std::string& word : begin.words) {
        if (!contains(allowed, word)) {
            throw script_error(begin.position,
                               "a transaction of Aurora DSQL is REPEATABLE READ, and READ WRITE or "
                               "READ ONLY: \"" +
                                   begin.text + "\" asks for something else");
        }
    }
}

void check_commit(const sql_statement& commit) {
    if (commit.has_word("CHAIN") || commit.word(1) == "PREPARED") {
        throw script_error(commit.position, "\"" + commit.text +
                                                "\" is not supported here: write COMMIT, and "
                                                "another BEGIN");
    }
}

void check_statement(const sql_statement& statement) {
    if (statement.word(0) == "COPY" && statement.has_word("STDIN")) {
        throw script_error(statement.position,
                           "COPY ... FROM STDIN takes its rows from a client: load them with dsql "
                           "load, or run the script with dsql psql -- -f FILE");
    }
    if (statement.word(0) == "COPY" && statement.has_word("STDOUT")) {
        throw script_error(statement.position,
                           "COPY ... TO STDOUT gives its rows to a client: use dsql export, or run "
                           "the script with dsql psql -- -f FILE");
    }
}

/// Puts statements together to steps.
class step_builder {
public:
    void add(sql_statement statement) {
        check_statement(statement);
        switch (kind_of(statement)) {
            case statement_kind::begin:
                return begin(statement);
            case statement_kind::commit:
                return commit(statement);
            case statement_kind::rollback:
                throw script_error(statement.position,
                                   "a block that ends with ROLLBACK changes nothing: remove it, or "
                                   "end it with COMMIT");
            default:
                return add_to_step(std::move(statement));
        }
    }

    std::vector<script_step> finish() {
        if (block_) {
            throw script_error(block_->position,
                               "the block that begins here does not end: COMMIT is missing");
        }
        return std::move(steps_);
    }

private:
    void begin(const sql_statement& statement) {
        if (block_) {
            throw script_error(statement.position,
                               "BEGIN inside of a block: Aurora DSQL does not nest transactions; "
                               "the COMMIT of the block in line " +
                                   std::to_string(block_->position.line) + " is missing");
        }
        check_begin(statement);
        const bool is_read_only = statement.has_word("ONLY");
        block_ = script_step{.kind = is_read_only ? step_kind::reading : step_kind::data,
                             .is_block = true,
                             .position = statement.position};
    }

    void commit(const sql_statement& statement) {
        check_commit(statement);
        if (!block_) {
            throw script_error(statement.position, statement.word(0).data() +
                                                       std::string(" without a BEGIN before it"));
        }
        check_block(*block_);
        script_step closed = std::move(*block_);
        block_.reset();
        if (!closed.statements.empty()) {
            append(std::move(closed));
        }
    }

    // DSQL has one statement of DDL in a transaction, and nothing else beside it.
    static void check_block(script_step& block) {
        const auto& all = block.statements;
        const auto changes_schema = [](const sql_statement& one) {
            return kind_of(one) == statement_kind::schema;
        };
        const auto found = std::find_if(all.begin(), all.end(), changes_schema);
        if (found == all.end()) {
            return;
        }
        if (all.size() > 1) {
            throw script_error(found->position,
                               "a transaction of Aurora DSQL has one change of the schema and "
                               "nothing else: take it out of the block that begins in line " +
                                   std::to_string(block.position.line) +
                                   "; outside of a block, statements are run one by one");
        }
        block.kind = step_kind::schema;
        block.is_block = false;
    }

    void add_to_step(sql_statement statement) {
        if (block_) {
            block_->statements.push_back(std::move(statement));
            return;
        }
        const statement_kind kind = kind_of(statement);
        script_step step{.kind = kind == statement_kind::setting  ? step_kind::setting
                                 : kind == statement_kind::schema ? step_kind::schema
                                                                  : step_kind::data,
                         .position = statement.position};
        step.statements.push_back(std::move(statement));
        append(std::move(step));
    }

    void append(script_step step) {
        step.number = static_cast<int>(steps_.size()) + 1;
        steps_.push_back(std::move(step));
    }

    std::vector<script_step> steps_{};
    std::optional<script_step> block_{};
};

std::string hexadecimal(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text.append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
    return text;
}

}  // namespace

std::string script_step::digest() const {
    std::string content;
    for (const sql_statement& one : statements) {
        std::copy_if(one.text.begin(), one.text.end(), std::back_inserter(content),
                     [](char c) { return c != '\r'; });
        content.append(";\n");
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int size = 0;
    if (EVP_Digest(content.data(), content.size(), sum.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    return hexadecimal(std::span(sum).first(size));
}

std::vector<script_step> plan_steps(std::string_view script) {
    sql::script_splitter splitter(script);
    step_builder steps;
    while (std::optional<sql_statement> found = splitter.next()) {
        steps.add(std::move(*found));
    }
    return steps.finish();
}

bool is_applied_before(const sql_statement& statement, std::string_view sqlstate) noexcept {
    // Of a table, view or index; column; role, constraint or type; schema; function.
    static constexpr auto exists =
        std::to_array<std::string_view>({"42P07", "42701", "42710", "42P06", "42723"});
    static constexpr auto is_missing =
        std::to_array<std::string_view>({"42P01", "42703", "42704", "3F000", "42883"});
    const std::string_view verb = statement.word(0);
    const bool moves =
        verb == "ALTER" && (statement.has_word("RENAME") ||
                            (statement.has_word("SET") && statement.has_word("SCHEMA")));
    // ALTER TABLE ... DROP COLUMN of a table that is missing has not been applied.
    const bool drops_part =
        verb == "ALTER" && statement.has_word("DROP") && sqlstate != "42P01" && sqlstate != "3F000";
    if (verb == "DROP" || moves || drops_part) {
        return contains(is_missing, sqlstate);
    }
    return (verb == "CREATE" || verb == "ALTER") && contains(exists, sqlstate);
}

bool changes_session(const sql_statement& statement) noexcept {
    const bool is_local = statement.word(0) == "SET" && statement.word(1) == "LOCAL";
    return kind_of(statement) == statement_kind::setting && statement.word(0) != "SHOW" &&
           !is_local;
}

}  // namespace dsql_cli::run
