// SPDX-License-Identifier: Apache-2.0
// Loads a CSV file without quotes by multi-row INSERTs, as loaders do that have no COPY. Each
// INSERT is a transaction. bench/load_bench runs it beside `dsql load`. Prints the rows a second.
//
//     dsql_insert_bench FILE TABLE CONNECTIONS [literals]
//
// runs in `dsql-local run`, or with CLUSTER_ENDPOINT. The values are parameters, and an INSERT has
// as many rows as 65 535 parameters and DSQL's limit allow. With "literals" it is what AWS's own
// loader sends: 2 000 rows with CAST('1' AS bigint), and ON CONFLICT DO NOTHING. Source:
// github.com, aws-samples/aurora-dsql-loader 3.2.0, src/coordination/worker.rs and
// src/db/schema.rs.
#include <dsql/dsql.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t most_parameters = 65'535;
constexpr std::size_t most_rows = 2'500;  // as dsql load
constexpr std::size_t rows_with_literals = 2'000;

std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> values;
    std::size_t begin = 0;
    for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
        end = line.find(',', begin);
        values.push_back(line.substr(begin, end - begin));
    }
    return values;
}

class insert_bench {
public:
    insert_bench(const std::string& file, std::string table, int connections, bool has_literals)
        : file_(file),
          table_(std::move(table)),
          connections_(connections),
          pool_({.host = std::getenv("CLUSTER_ENDPOINT")}, {.max_connections = connections}) {
        std::string header;
        if (!std::getline(file_, header)) {
            throw std::runtime_error("cannot read " + file);
        }
        columns_ = split(header).size();
        most_rows_ = std::min(most_rows, most_parameters / columns_);
        if (has_literals) {
            most_rows_ = rows_with_literals;
            types_ = pool_.query_all<std::string>(
                "SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid = "
                "to_regclass($1) AND attnum > 0 ORDER BY attnum",
                dsql::quote_identifier(table_));
        }
    }

    double rows_per_second() {
        const auto begin = std::chrono::steady_clock::now();
        std::vector<std::thread> threads;
        for (int i = 0; i < connections_; ++i) {
            threads.emplace_back([this] { insert_all(); });
        }
        for (std::thread& each : threads) {
            each.join();
        }
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
        return static_cast<double>(rows_) / time.count();
    }

private:
    std::vector<std::string> take_lines() {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> lines;
        for (std::string line; lines.size() < most_rows_ && std::getline(file_, line);) {
            lines.push_back(line);
        }
        return lines;
    }

    std::string statement_for(std::size_t rows) const {
        std::string statement = "INSERT INTO " + dsql::quote_identifier(table_) + " VALUES ";
        std::size_t number = 0;
        for (std::size_t row = 0; row < rows; ++row) {
            statement += row == 0 ? "(" : ", (";
            for (std::size_t column = 0; column < columns_; ++column) {
                statement += (column == 0 ? "$" : ", $") + std::to_string(++number);
            }
            statement += ")";
        }
        return statement;
    }

    std::string literal_for(const std::string& value, const std::string& type) const {
        if (value.empty()) {
            return "NULL";
        }
        const std::string literal = "'" + value + "'";
        return type == "text" ? literal : "CAST(" + literal + " AS " + type + ")";
    }

    std::string statement_with(const std::vector<std::string>& lines) const {
        std::string statement = "INSERT INTO " + dsql::quote_identifier(table_) + " VALUES ";
        for (std::size_t row = 0; row < lines.size(); ++row) {
            statement += row == 0 ? "(" : ", (";
            const std::vector<std::string> values = split(lines[row]);
            for (std::size_t column = 0; column < values.size(); ++column) {
                statement += column == 0 ? "" : ", ";
                statement += literal_for(values[column], types_.at(column));
            }
            statement += ")";
        }
        return statement + " ON CONFLICT DO NOTHING";
    }

    void insert_all() {
        for (auto lines = take_lines(); !lines.empty(); lines = take_lines()) {
            insert(lines);
            rows_ += lines.size();
        }
    }

    void insert(const std::vector<std::string>& lines) {
        if (!types_.empty()) {
            auto used = pool_.acquire();
            dsql::execute_with_retry(*used, dsql::retry_policy::patient(), statement_with(lines));
        } else {
            const std::string statement = statement_for(lines.size());
            dsql::parameters values;
            values.reserve(lines.size() * columns_);
            for (const std::string& line : lines) {
                for (const std::string& value : split(line)) {
                    values.add(value);
                }
            }
            dsql::transact(pool_, dsql::retry_policy::patient(),
                           [&](dsql::transaction& running) { running.execute(statement, values); });
        }
    }

    std::ifstream file_;  // guarded by mutex_
    std::mutex mutex_{};
    std::string table_;
    int connections_;
    std::size_t columns_ = 0;
    std::size_t most_rows_ = 0;
    dsql::pool pool_;
    std::vector<std::string> types_{};  // of the columns, for literals; else empty
    std::atomic<std::size_t> rows_{0};
};

}  // namespace

int main(int argc, char** argv) {
    const bool has_literals = argc == 5 && std::string_view(argv[4]) == "literals";
    if (argc != 4 && !has_literals) {
        std::cerr << "usage: dsql_insert_bench FILE TABLE CONNECTIONS [literals]\n";
        return 2;
    }
    try {
        insert_bench bench(argv[1], argv[2], std::stoi(argv[3]), has_literals);
        std::cout << bench.rows_per_second() << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
