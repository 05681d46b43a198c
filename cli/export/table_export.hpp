// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/error.hpp>
#include <dsql/transaction.hpp>

#include "cluster_session.hpp"
#include "export/row_collector.hpp"
#include "export/row_format.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_cli::exports {

/// What to export, and how.
struct export_request {
    dsql::config settings{};
    std::string table{};  ///< "name" or "schema.name", taken literally; empty: see `query`
    std::string query{};  ///< one statement that returns rows
    format_options format{};
    /// Whether to read a table page by page in the order of its primary key, each page in a
    /// transaction of its own, and to go on after the last row when a connection breaks.
    bool is_by_key = false;
    std::size_t page_rows = 100'000;  ///< the most rows of a page
};

/// How much has been exported.
struct export_progress {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
};

/// An export that could not be finished. The message says how far it came.
class export_failure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Exports a table or the rows of a query in constant memory, by COPY. Belongs to one thread.
class table_export {
public:
    using writer = std::function<void(std::string_view data)>;
    using reporter = std::function<void(const export_progress& so_far)>;

    /// `write` gets the data in pieces; `report` is called after each, and may be empty. Throws
    /// std::invalid_argument for a query that is no single statement which returns rows.
    table_export(export_request request, writer write, reporter report);
    table_export(const table_export&) = delete;
    table_export& operator=(const table_export&) = delete;

    /// Exports all rows. Throws `export_failure`, what `write` throws, and std::invalid_argument
    /// for columns that the format cannot have.
    export_progress run();

private:
    void read_key_columns();
    void describe(dsql::transaction& transaction);
    void export_at_once();
    void export_by_key();
    [[nodiscard]] std::size_t export_page();
    [[nodiscard]] std::string page_query() const;
    void copy(dsql::transaction& transaction, const std::string& query);
    void write_rows(std::string_view rows);
    void write_pending();
    [[nodiscard]] export_failure describe_failure(const dsql::error& failed) const;

    export_request request_;
    writer write_;
    reporter report_;
    cluster_session session_;
    std::string select_;
    std::unique_ptr<row_format> format_{};
    std::vector<export_column> columns_{};
    std::vector<std::string> key_names_{};
    std::vector<std::size_t> key_places_{};  // among the columns
    std::vector<std::string> last_key_{};    // of the last row written; empty before the first
    row_collector rows_;
    std::string pending_{};  // formatted, not yet written
    export_progress progress_{};
};

}  // namespace dsql_cli::exports
