// SPDX-License-Identifier: Apache-2.0
#include "export/table_export.hpp"

#include <dsql/limit_exceeded_error.hpp>
#include <dsql/result.hpp>
#include <dsql/retry.hpp>
#include <dsql/sql_text.hpp>

#include "export/copy_text.hpp"
#include "format.hpp"
#include "sql/sql_script.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dsql_cli::exports {

namespace {

using repeatable = cluster_session::repeatable;

constexpr std::size_t piece_size = std::size_t{64} * 1024;

/// The name of a table, and of its schema if it was given.
struct table_name {
    std::string schema{};
    std::string table{};
};

table_name split_name(const std::string& name) {
    const std::size_t dot = name.find('.');
    return dot == std::string::npos
               ? table_name{.table = name}
               : table_name{.schema = name.substr(0, dot), .table = name.substr(dot + 1)};
}

std::string quote_table(const std::string& name) {
    const table_name parts = split_name(name);
    const std::string table = dsql::quote_identifier(parts.table);
    return parts.schema.empty() ? table : dsql::quote_identifier(parts.schema) + "." + table;
}

// One statement, without comments around it and without a semicolon.
std::string check_query(const std::string& query) {
    static constexpr auto verbs =
        std::to_array<std::string_view>({"SELECT", "WITH", "VALUES", "TABLE", "("});
    std::vector<sql::sql_statement> statements;
    try {
        statements = sql::split_script(query);
    } catch (const sql::script_error& failed) {
        throw std::invalid_argument("--query: in line " + std::to_string(failed.position().line) +
                                    ", column " + std::to_string(failed.position().column) + ": " +
                                    failed.what());
    }
    if (statements.size() != 1) {
        throw std::invalid_argument("--query: expected one statement, not " +
                                    std::to_string(statements.size()));
    }
    if (std::find(verbs.begin(), verbs.end(), statements[0].word(0)) == verbs.end()) {
        throw std::invalid_argument("--query: expected a SELECT, WITH, VALUES or TABLE statement");
    }
    return statements[0].text;
}

std::string join_names(const std::vector<std::string>& names) {
    std::string joined;
    for (const std::string& name : names) {
        joined.append(joined.empty() ? "" : ", ").append(dsql::quote_identifier(name));
    }
    return joined;
}

// DSQL always has standard_conforming_strings, so only quotes are special.
std::string join_literals(const std::vector<std::string>& values) {
    std::string joined;
    for (const std::string& value : values) {
        joined.append(joined.empty() ? "'" : ", '");
        for (const char c : value) {
            joined.append(c == '\'' ? 2 : 1, c);
        }
        joined.push_back('\'');
    }
    return joined;
}

// The last row with its line break.
std::string_view last_row_of(std::string_view rows) {
    const std::size_t before =
        rows.size() < 2 ? std::string_view::npos : rows.rfind('\n', rows.size() - 2);
    return before == std::string_view::npos ? rows : rows.substr(before + 1);
}

}  // namespace

table_export::table_export(export_request request, writer write, reporter report)
    : request_(std::move(request)),
      write_(std::move(write)),
      report_(std::move(report)),
      session_(request_.settings),
      select_(request_.table.empty() ? check_query(request_.query)
                                     : "SELECT * FROM " + quote_table(request_.table)),
      rows_(piece_size, [this](std::string_view rows) { write_rows(rows); }) {}

export_progress table_export::run() {
    try {
        if (request_.is_by_key) {
            export_by_key();
        } else {
            export_at_once();
        }
    } catch (const dsql::error& failed) {
        throw describe_failure(failed);
    }
    write_pending();  // a header without rows
    return progress_;
}

// Learns the columns, and writes the header, at the first call.
void table_export::describe(dsql::transaction& transaction) {
    if (format_) {
        return;
    }
    const dsql::result none =
        transaction.query("SELECT * FROM (" + select_ + ") AS exported LIMIT 0");
    columns_.clear();
    for (int i = 0; i < none.column_count(); ++i) {
        columns_.push_back({.name = std::string(none.column_name(i)), .type = none.column_type(i)});
    }
    auto format = make_row_format(columns_, request_.format);
    key_places_.clear();
    for (const std::string& name : key_names_) {
        const auto found = std::find_if(columns_.begin(), columns_.end(),
                                        [&](const auto& column) { return column.name == name; });
        key_places_.push_back(static_cast<std::size_t>(found - columns_.begin()));
    }
    format->append_header(pending_);
    format_ = std::move(format);
}

// One transaction is one snapshot. It can be begun again only as long as no rows were written.
void table_export::export_at_once() {
    session_.repeat(repeatable::always, [&](dsql::connection& used) {
        dsql::retry(patient, [&] {
            try {
                dsql::transaction transaction = used.begin({.read_only = true});
                describe(transaction);
                copy(transaction, select_);
                transaction.commit();
            } catch (const dsql::error& failed) {
                rows_.discard();
                if (progress_.rows > 0) {
                    throw describe_failure(failed);
                }
                throw;
            }
        });
    });
}

void table_export::export_by_key() {
    read_key_columns();
    while (export_page() == request_.page_rows) {
    }
}

// Returns the number of rows of the page, or what is left of it after a connection broke.
std::size_t table_export::export_page() {
    return session_.repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::retry(patient, [&] {
            dsql::transaction transaction = used.begin({.read_only = true});
            describe(transaction);
            const std::uint64_t before = progress_.rows;
            try {
                copy(transaction, page_query());
            } catch (const dsql::error&) {
                rows_.finish_whole_rows();
                throw;
            }
            transaction.commit();
            return static_cast<std::size_t>(progress_.rows - before);
        });
    });
}

std::string table_export::page_query() const {
    const std::string names = join_names(key_names_);
    std::string query = select_;
    if (!last_key_.empty()) {
        query += " WHERE (" + names + ") > (" + join_literals(last_key_) + ")";
    }
    return query + " ORDER BY " + names + " LIMIT " + std::to_string(request_.page_rows);
}

void table_export::read_key_columns() {
    const table_name name = split_name(request_.table);
    const dsql::result found = session_.repeat(repeatable::always, [&](dsql::connection& used) {
        return dsql::query_with_retry(
            used, patient,
            "SELECT a.attname::text FROM pg_catalog.pg_index AS i "
            "JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid "
            "JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
            "CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place) "
            "JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number "
            "WHERE i.indisprimary AND k.place <= i.indnkeyatts AND c.relname = $1 AND "
            "CASE WHEN $2 = '' THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname = $2 END "
            "ORDER BY k.place",
            name.table, name.schema);
    });
    for (const dsql::row& row : found) {
        key_names_.push_back(row[0].as<std::string>());
    }
    if (key_names_.empty()) {
        throw std::invalid_argument("there is no table " + request_.table +
                                    " with a primary key, which --by-key needs");
    }
}

void table_export::copy(dsql::transaction& transaction, const std::string& query) {
    transaction.copy_out_to("COPY (" + query + ") TO STDOUT",
                            [this](std::string_view data) { rows_.add(data); });
    rows_.finish();
}

void table_export::write_rows(std::string_view rows) {
    progress_.rows += format_->append_rows(rows, pending_);
    if (request_.is_by_key) {
        const std::vector<std::string_view> values = split_row(last_row_of(rows));
        last_key_.assign(key_places_.size(), {});
        for (std::size_t i = 0; i < key_places_.size(); ++i) {
            append_decoded(values.at(key_places_[i]), last_key_[i]);
        }
    }
    write_pending();
}

void table_export::write_pending() {
    write_(pending_);
    progress_.bytes += pending_.size();
    pending_.clear();
    if (report_) {
        report_(progress_);
    }
}

export_failure table_export::describe_failure(const dsql::error& failed) const {
    const auto* const server = dynamic_cast<const dsql::server_error*>(&failed);
    std::string text = server == nullptr ? to_single_line(failed.what())
                                         : to_single_line(server->fields().message) +
                                               " (SQLSTATE " + server->sqlstate() + ")";
    if (server != nullptr && !server->fields().hint.empty()) {
        text += "; hint: " + to_single_line(server->fields().hint);
    }
    if (progress_.rows > 0) {
        text += "; it came to row " + std::to_string(progress_.rows);
    }
    const auto* const limit = dynamic_cast<const dsql::limit_exceeded_error*>(&failed);
    const bool is_too_old =
        limit != nullptr && limit->limit() == dsql::exceeded_limit::transaction_age;
    if (!request_.is_by_key && (is_too_old || failed.connection_lost()) && progress_.rows > 0) {
        text +=
            "; --by-key exports a table with a primary key in many transactions, and goes on "
            "after the last row";
    }
    return export_failure(text);
}

}  // namespace dsql_cli::exports
