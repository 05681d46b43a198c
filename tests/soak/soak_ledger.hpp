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

/// What the program knows of each row it wrote, to be held against the rows that are there.
/// Safe from any thread.
class soak_ledger {
public:
    /// A number never given out before, for a row to be written.
    [[nodiscard]] std::int64_t next() noexcept { return ++last_; }

    void written(std::int64_t row) { add(written_, row); }
    /// An answer that never came: there or not.
    void unknown(std::int64_t row) { add(unknown_, row); }

    /// Counts an error by its kind.
    void failed(const std::string& kind);
    /// Something that must never be.
    void wrong(const std::string& what);

    /// Compares with the table and prints; returns whether all is right.
    [[nodiscard]] bool balance(dsql::connection& reader);

private:
    void add(std::vector<std::int64_t>& to, std::int64_t row);

    std::atomic<std::int64_t> last_ = 0;
    std::mutex mutex_;
    // All guarded by mutex_.
    std::vector<std::int64_t> written_;
    std::vector<std::int64_t> unknown_;
    std::map<std::string, int> failures_;
    std::map<std::string, int> wrongs_;
};

}  // namespace pool_soak
