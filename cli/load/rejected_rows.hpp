// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace dsql_cli::load {

/// A row that cannot be loaded.
struct rejected_row {
    std::string file{};
    std::int64_t line = 0;
    std::string sqlstate{};  ///< of the server's error; empty if the loader rejected the row
    std::string reason{};
    std::string row{};  ///< as it is in the file, without its line break
};

/// More rows are wrong than the user allows.
class too_many_rejected : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Counts rejected rows and appends them to a file, as CSV with the columns file, line, sqlstate,
/// reason, row. Safe from any thread.
class rejected_rows {
public:
    /// At most `limit` rows are allowed. An empty `path`: no file is written. Rows that are in the
    /// file already are not written again. Throws std::runtime_error if the file cannot be used.
    rejected_rows(std::int64_t limit, const std::string& path);
    rejected_rows(const rejected_rows&) = delete;
    rejected_rows& operator=(const rejected_rows&) = delete;
    ~rejected_rows();

    /// Counts rows that were rejected before, by a load that now goes on.
    void count_earlier(std::int64_t rows);
    /// Counts a row and writes it to the file. Throws `too_many_rejected`, and std::runtime_error
    /// if the file cannot be written.
    void add(const rejected_row& rejected);

    [[nodiscard]] std::int64_t count() const;
    /// Whether the file has this line of this file.
    [[nodiscard]] bool has(const std::string& file, std::int64_t line) const;

private:
    void read_earlier();
    void append(std::string_view text);
    [[noreturn]] void throw_errno() const;

    mutable std::mutex mutex_{};
    std::int64_t limit_;
    std::string path_;
    int descriptor_ = -1;                                     // of the file; guarded by mutex_
    std::int64_t count_ = 0;                                  // guarded by mutex_
    std::set<std::pair<std::string, std::int64_t>> known_{};  // guarded by mutex_
};

}  // namespace dsql_cli::load
