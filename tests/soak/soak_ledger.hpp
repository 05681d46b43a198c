// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/dsql.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace pool_soak {

/// Records what the program knows about each row it wrote, to compare it with the table.
/// Thread-safe.
class soak_ledger {
public:
    /// Returns a new number for a row.
    [[nodiscard]] std::int64_t next() noexcept { return ++last_; }

    void written(std::int64_t row) { add(written_, row); }
    /// The result was lost, so the row may or may not exist.
    void unknown(std::int64_t row) { add(unknown_, row); }

    /// Counts an error by its kind.
    void failed(const std::string& kind);
    /// Records an error that must never happen.
    void wrong(const std::string& what);

    /// Compares the ledger with the table and prints the result. Returns whether everything is
    /// right.
    [[nodiscard]] bool balance(dsql::connection& reader);

private:
    void add(std::vector<std::int64_t>& to, std::int64_t row);

    std::atomic<std::int64_t> last_ = 0;
    std::mutex mutex_;
    // All members below are guarded by mutex_.
    std::vector<std::int64_t> written_;
    std::vector<std::int64_t> unknown_;
    std::map<std::string, int> failures_;
    std::map<std::string, int> wrongs_;
};

}  // namespace pool_soak
