// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/sql_statement.hpp"

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace dsql_local {

/// Remembers the analysis of the statements that were used last. Thread-safe.
class statement_cache {
public:
    /// Keeps at most `capacity` statements, and none whose key is longer than `max_key_size`.
    statement_cache(std::size_t capacity, std::size_t max_key_size)
        : capacity_(capacity), max_key_size_(max_key_size) {}

    std::optional<sql_statement> find(const std::string& key);
    void insert(const std::string& key, const sql_statement& statement);

private:
    using entry = std::pair<std::string, sql_statement>;

    std::mutex mutex_;
    std::list<entry> entries_;  // the one used last comes first
    std::unordered_map<std::string_view, std::list<entry>::iterator> index_;  // by entry::first
    std::size_t capacity_;
    std::size_t max_key_size_;
};

}  // namespace dsql_local
