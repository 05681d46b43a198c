// SPDX-License-Identifier: Apache-2.0
// Loads a CSV file without quotes by multi-row INSERTs with parameters, as loaders do that have no
// COPY: each INSERT is a transaction with as many rows as 65 535 parameters and DSQL's limit allow.
// bench/load_bench runs it beside `dsql load`. Prints the rows a second.
//
//     dsql_insert_bench FILE TABLE CONNECTIONS      (in dsql-local run, or with CLUSTER_ENDPOINT)
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
#include <thread>
#include <vector>

namespace {

constexpr std::size_t most_parameters = 65'535;
constexpr std::size_t most_rows = 2'500;  // as dsql load

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
    insert_bench(const std::string& file, std::string table, int connections)
        : file_(file),
          table_(std::move(table)),
          connections_(connections),
          pool_({.host = std::getenv("CLUSTER_ENDPOINT")}, {.max_connections = connections}) {
        std::string header;
        if (!std::getline(file_, header)) {
            throw std::runtime_error("cannot read " + file);
        }
        columns_ = split(header).size();
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
        const std::size_t most = std::min(most_rows, most_parameters / columns_);
        for (std::string line; lines.size() < most && std::getline(file_, line);) {
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

    void insert_all() {
        for (auto lines = take_lines(); !lines.empty(); lines = take_lines()) {
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
            rows_ += lines.size();
        }
    }

    std::ifstream file_;  // guarded by mutex_
    std::mutex mutex_{};
    std::string table_;
    int connections_;
    std::size_t columns_ = 0;
    dsql::pool pool_;
    std::atomic<std::size_t> rows_{0};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "usage: dsql_insert_bench FILE TABLE CONNECTIONS\n";
        return 2;
    }
    try {
        std::cout << insert_bench(argv[1], argv[2], std::stoi(argv[3])).rows_per_second() << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
